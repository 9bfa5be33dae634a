#include "esp_fake.h"
