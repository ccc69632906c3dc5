/* What is measured: `loops DIRECTORY COUNT` writes COUNT files of 4 KiB and prints, in
 * nanoseconds, the whole time and the middle, the 99.9th percentile and the longest of one
 * open, write and close. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000L + time.tv_nsec;
}

static int by_size(const void *a, const void *b) {
    long left = *(const long *)a, right = *(const long *)b;
    return (left > right) - (left < right);
}

int main(int count, char **arguments) {
    long files = count == 3 ? atol(arguments[2]) : 0;
    long *took = calloc(files ? files : 1, sizeof *took);
    char content[4096], path[4096];
    memset(content, 'x', sizeof content);
    long begun = now();
    for (long i = 0; i < files; i++) {
        snprintf(path, sizeof path, "%s/f%ld", arguments[1], i);
        long start = now();
        int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
        if (file < 0 || write(file, content, sizeof content) != sizeof content || close(file))
            return 1;
        took[i] = now() - start;
    }
    long whole = now() - begun;
    qsort(took, files, sizeof *took, by_size);
    printf("%ld %ld %ld %ld\n", whole, took[files / 2], took[files * 999 / 1000], took[files - 1]);
    return 0;
}
