#include "esp_fake.h" // IWYU pragma: export
