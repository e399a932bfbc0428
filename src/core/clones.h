#pragma once

/// Before a function whose loops are worth wide vectors: it is compiled for this and for any
/// processor, and the machine's is chosen at start. Results repeat on one kind of machine.
#if defined(__x86_64__) && defined(__gnu_linux__)
#define RFMAP_CLONES __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define RFMAP_CLONES
#endif
