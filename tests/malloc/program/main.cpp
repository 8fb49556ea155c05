#include <dlfcn.h>

#include <cstdio>

// The file that malloc comes from.
int main()
{
    Dl_info where{};
    void* const symbol = dlsym(RTLD_DEFAULT, "malloc");
    if (!symbol || dladdr(symbol, &where) == 0) return 1;
    std::puts(where.dli_fname);
}
