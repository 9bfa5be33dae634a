/* Comes to its end, which a device's program never should. */
int main(void)
{
    return 3;
}
