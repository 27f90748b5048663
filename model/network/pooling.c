/* 2x2 max-pooling of stride 2 and the ReLU after it, in one pass over the maps and one back.
 *
 * Maps are channels-last, (n, height, width, channels) without gaps; an odd last row or column is left out, as torch
 * does. `winner` has a byte for each output: which of its four inputs it is, 0 to 3 in reading order, the first among
 * equals; 4 if the ReLU made it zero. NaN wins, as in torch. bf16 is compared as the fp32 whose upper half it is.
 */
#include <stdint.h>
#include <string.h>

typedef uint16_t bf16;

static inline float read_bf16(bf16 x) { uint32_t bits = (uint32_t)x << 16; float y; memcpy(&y, &bits, 4); return y; }
static inline float read_fp32(float x) { return x; }

#define KERNELS(T, READ)                                                                                              \
    void forward_##T(const T *restrict x, T *restrict y, uint8_t *restrict winner, int64_t n, int64_t height,         \
                     int64_t width, int64_t channels, int threads) {                                                  \
        int64_t rows = height / 2, columns = width / 2, line = width * channels;                                      \
        _Pragma("omp parallel for num_threads(threads) schedule(static)")                                             \
        for (int64_t row = 0; row < n * rows; row++)                                                                  \
            for (int64_t column = 0; column < columns; column++) {                                                    \
                const T *a = x + ((row / rows) * height + row % rows * 2) * line + column * 2 * channels;             \
                const T *b = a + channels, *c = a + line, *d = c + channels;                                          \
                int64_t out = (row * columns + column) * channels;                                                    \
                for (int64_t i = 0; i < channels; i++) {                                                              \
                    T top = a[i];                                                                                     \
                    uint8_t which = 0;                                                                                \
                    if (READ(b[i]) > READ(top) || READ(b[i]) != READ(b[i])) top = b[i], which = 1;                    \
                    if (READ(c[i]) > READ(top) || READ(c[i]) != READ(c[i])) top = c[i], which = 2;                    \
                    if (READ(d[i]) > READ(top) || READ(d[i]) != READ(d[i])) top = d[i], which = 3;                    \
                    int dead = READ(top) <= 0;                                                                        \
                    y[out + i] = dead ? (T)0 : top;                                                                   \
                    winner[out + i] = dead ? 4 : which;                                                               \
                }                                                                                                     \
            }                                                                                                         \
    }                                                                                                                 \
                                                                                                                      \
    void backward_##T(const T *restrict gy, const uint8_t *restrict winner, T *restrict gx, int64_t n,                \
                      int64_t height, int64_t width, int64_t channels, int threads) {                                 \
        int64_t rows = height / 2, columns = width / 2, line = width * channels;                                      \
        _Pragma("omp parallel for num_threads(threads) schedule(static)")                                             \
        for (int64_t row = 0; row < n * rows; row++) {                                                                \
            T *first = gx + ((row / rows) * height + row % rows * 2) * line;                                          \
            for (int64_t column = 0; column < columns; column++) {                                                    \
                const T *g = gy + (row * columns + column) * channels;                                                \
                const uint8_t *which = winner + (row * columns + column) * channels;                                  \
                for (int corner = 0; corner < 4; corner++) {                                                          \
                    T *restrict to = first + corner / 2 * line + (column * 2 + corner % 2) * channels;                \
                    for (int64_t i = 0; i < channels; i++) to[i] = which[i] == corner ? g[i] : (T)0;                  \
                }                                                                                                     \
            }                                                                                                         \
            int64_t rest = (width - 2 * columns) * channels * sizeof(T);                                              \
            memset(first + 2 * columns * channels, 0, rest);                                                          \
            memset(first + line + 2 * columns * channels, 0, rest);                                                   \
            if (height % 2 && row % rows == rows - 1) memset(first + 2 * line, 0, line * sizeof(T));                  \
        }                                                                                                             \
    }

KERNELS(bf16, read_bf16)
KERNELS(float, read_fp32)
