"""What of upip the scripts need."""


def install(name):
    print(name, "is already built in")
