/* The kind of resource that an input is about. */
#ifndef GA_TESTS_FUZZ_KIND_H
#define GA_TESTS_FUZZ_KIND_H 1

#include <stddef.h>
#include <stdint.h>

#include "lib/resource.h"

/* The kind that the input names, by which targets choose the one that they
 * expect; any if it names none. */
enum resource_kind fuzz_kind_find(const uint8_t *, size_t n);

#endif /* tests/fuzz/fuzz-kind.h */
