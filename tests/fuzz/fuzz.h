/* Fuzzing: what a target and an engine are to each other.
 *
 * A target feeds an input, which may be anything, to a part of the product,
 * and asserts what must hold of the outcome.  An engine calls it: libFuzzer,
 * which invents inputs (`make fuzz'), or replay.c, which takes those that are
 * kept in corpus/TARGET (`make check'). */
#ifndef GA_TESTS_FUZZ_H
#define GA_TESTS_FUZZ_H 1

#include <stddef.h>
#include <stdint.h>

struct json;

/* The target, each program's own.  Must not keep anything from one input to
 * the next. */
void fuzz_one(const uint8_t *, size_t n);

/* For engines: prepares everything.  That of targets with Open vSwitch's
 * library is in fuzz-input.c; others have their own. */
void fuzz_init(void);

/* For targets with Open vSwitch's library. */

/* The input as a string, for the caller to free. */
char *fuzz_to_string(const uint8_t *, size_t n);

/* The input as JSON, for the caller to destroy, or NULL. */
struct json *fuzz_to_json(const uint8_t *, size_t n);

#endif /* tests/fuzz/fuzz.h */
