/* Keeps the edges that were reached, of the module that this is linked into: see tools/coverage.py.
 *
 * They are kept in a file beside the module, MODULE.edges, that each process maps when it loads the module. So a process
 * counts from its first call on, however it was started (a forked one goes on in the same memory) and however it ends.
 * Without the file nothing is kept: the tool makes it. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

/* An edge as the file has it: the address in the module of the block that it leads to, 0 where the compiler has removed the
 * block after all, and whether the edge was reached. */
struct edge {
    uint64_t address;
    uint64_t reached;
};

static struct edge *edges;
static const uint32_t *guards;

/* Called when the module is loaded: each edge has a guard. */
void __sanitizer_cov_trace_pc_guard_init(const uint32_t *begin, const uint32_t *end) {
    Dl_info module;
    char path[PATH_MAX];
    size_t size = (size_t)(end - begin) * sizeof *edges;
    if (edges || !dladdr(&edges, &module)) return;
    snprintf(path, sizeof path, "%s.edges", module.dli_fname);
    int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0) return;
    void *map = ftruncate(file, (off_t)size) ? MAP_FAILED : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (map == MAP_FAILED) return;
    edges = map;
    guards = begin;
}

/* A block by its address in memory, which is 1 if it was removed, and flags that nobody needs here. */
struct block {
    uintptr_t address, flags;
};

/* Called next: the blocks, in the order of their guards. */
void __sanitizer_cov_pcs_init(const struct block *begin, const struct block *end) {
    Dl_info module;
    if (!edges || !dladdr(&edges, &module)) return;
    for (const struct block *block = begin; block < end; block++) {
        edges[block - begin].address = block->address == 1 ? 0 : block->address - (uintptr_t)module.dli_fbase;
    }
}

/* Called on each edge. */
void __sanitizer_cov_trace_pc_guard(const uint32_t *guard) {
    if (edges) edges[guard - guards].reached = 1;
}
