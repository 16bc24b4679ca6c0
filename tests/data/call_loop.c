/* Call a compiled loop, LOOP, with what stdin says; see tests/moments/test_arm.py.

   Each call is numbers of 64 bits: how many buffers, for each its bytes and its content;
   how many words, for each the buffer that it points into, or -1, and an offset or the
   word itself. The answer is what the loop returned and stored, and the buffers.

   A buffer ends where its memory ends: behind it is a page that nobody may touch, so
   that a loop which reads further does not live to give an answer. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define MOST 64
#define PAGE 65536

typedef int64_t word;

extern int LOOP();

/* What numba's code calls of its runtime; arrays here are nobody's. */
void NRT_incref(void *meminfo) {}
void NRT_decref(void *meminfo) {}

static void want(int fine) {
    if (!fine) exit(9);
}

static word number(void) {
    word value;
    want(fread(&value, sizeof value, 1, stdin) == 1);
    return value;
}

static size_t room(size_t size) { return (size + PAGE - 1) / PAGE * PAGE; }

static char *buffer(size_t size) {
    char *start = mmap(0, room(size) + PAGE, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    want(start != MAP_FAILED);
    want(mprotect(start + room(size), PAGE, PROT_NONE) == 0);
    start += room(size) - size;
    want(fread(start, 1, size, stdin) == size);
    return start;
}

int main(void) {
    word many;
    while (fread(&many, sizeof many, 1, stdin) == 1) {
        char *buffers[MOST];
        size_t sizes[MOST];
        word w[MOST] = {0}, stored[2] = {0}, returned;
        void *error = 0;
        want(many <= MOST);
        for (word i = 0; i < many; i++) {
            sizes[i] = number();
            buffers[i] = buffer(sizes[i]);
        }
        word words = number();
        want(words <= MOST);
        for (word i = 0; i < words; i++) {
            word into = number();
            w[i] = number() + (into < 0 ? 0 : (word)buffers[into]);
        }
        /* A loop takes as many as it knows of; those behind them harm none. */
#define W(k) w[k], w[k + 1], w[k + 2], w[k + 3], w[k + 4], w[k + 5], w[k + 6], w[k + 7]
        returned = LOOP(stored, &error, W(0), W(8), W(16), W(24), W(32), W(40), W(48),
                        W(56));
        fwrite(&returned, sizeof returned, 1, stdout);
        fwrite(stored, sizeof stored, 1, stdout);
        for (word i = 0; i < many; i++) {
            fwrite(buffers[i], 1, sizes[i], stdout);
            munmap(buffers[i] - (room(sizes[i]) - sizes[i]), room(sizes[i]) + PAGE);
        }
    }
    return 0;
}
