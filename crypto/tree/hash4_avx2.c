/* SPDX-License-Identifier: ISC */
/* BLAKE2b (RFC 7693) of four messages of 65 bytes, one in each 64-bit lane: a single, last block,
 * so the seven upper message words are zero. The parameter block: 32 bytes of output, no key,
 * sequential, personalisation "weal/state". */
#ifdef __x86_64__
#include <immintrin.h>

#include "crypto/tree/hash4.h"

static const uint64_t iv[8] = {
    0x6a09e667f3bcc908u, 0xbb67ae8584caa73bu, 0x3c6ef372fe94f82bu, 0xa54ff53a5f1d36f1u,
    0x510e527fade682d1u, 0x9b05688c2b3e6c1fu, 0x1f83d9abfb41bd6bu, 0x5be0cd19137e2179u,
};
static const uint8_t sigma[10][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
    {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
    {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
    {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
    {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
};

static inline __m256i rotr32(__m256i x) {
    return _mm256_shuffle_epi32(x, 0xb1);
}
static inline __m256i rotr24(__m256i x) {
    const __m256i by = _mm256_setr_epi8(3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9, 10, 3, 4,
                                        5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9, 10);
    return _mm256_shuffle_epi8(x, by);
}
static inline __m256i rotr16(__m256i x) {
    const __m256i by = _mm256_setr_epi8(2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8, 9, 2, 3,
                                        4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8, 9);
    return _mm256_shuffle_epi8(x, by);
}
static inline __m256i rotr63(__m256i x) {
    return _mm256_or_si256(_mm256_srli_epi64(x, 63), _mm256_add_epi64(x, x));
}

static inline void mix(__m256i v[16], int a, int b, int c, int d, __m256i x, __m256i y) {
    v[a] = _mm256_add_epi64(_mm256_add_epi64(v[a], v[b]), x);
    v[d] = rotr32(_mm256_xor_si256(v[d], v[a]));
    v[c] = _mm256_add_epi64(v[c], v[d]);
    v[b] = rotr24(_mm256_xor_si256(v[b], v[c]));
    v[a] = _mm256_add_epi64(_mm256_add_epi64(v[a], v[b]), y);
    v[d] = rotr16(_mm256_xor_si256(v[d], v[a]));
    v[c] = _mm256_add_epi64(v[c], v[d]);
    v[b] = rotr63(_mm256_xor_si256(v[b], v[c]));
}

static inline void mix_round(__m256i v[16], const __m256i m[16], const uint8_t s[16]) {
    mix(v, 0, 4, 8, 12, m[s[0]], m[s[1]]);
    mix(v, 1, 5, 9, 13, m[s[2]], m[s[3]]);
    mix(v, 2, 6, 10, 14, m[s[4]], m[s[5]]);
    mix(v, 3, 7, 11, 15, m[s[6]], m[s[7]]);
    mix(v, 0, 5, 10, 15, m[s[8]], m[s[9]]);
    mix(v, 1, 6, 11, 12, m[s[10]], m[s[11]]);
    mix(v, 2, 7, 8, 13, m[s[12]], m[s[13]]);
    mix(v, 3, 4, 9, 14, m[s[14]], m[s[15]]);
}

void weal_tree_hash4_avx2(uint8_t *const out[WEAL_TREE_LANES],
                          const uint8_t in[WEAL_TREE_LANES][WEAL_TREE_INPUT]) {
    static const uint8_t personal[16] = "weal/state";
    __m256i v[16], m[16], h[8];
    for (int i = 0; i < 8; i++) {
        m[i] =
            _mm256_set_epi64x((int64_t)weal_le64(in[3] + 8 * i), (int64_t)weal_le64(in[2] + 8 * i),
                              (int64_t)weal_le64(in[1] + 8 * i), (int64_t)weal_le64(in[0] + 8 * i));
        m[8 + i] = _mm256_setzero_si256();
        uint64_t x = iv[i];
        if (i == 0) x ^= 0x01010020u;
        if (i == 6) x ^= weal_le64(personal);
        if (i == 7) x ^= weal_le64(personal + 8);
        h[i] = v[i] = _mm256_set1_epi64x((int64_t)x);
        v[8 + i] = _mm256_set1_epi64x((int64_t)iv[i]);
    }
    m[8] = _mm256_set_epi64x(in[3][64], in[2][64], in[1][64], in[0][64]);
    v[12] = _mm256_xor_si256(v[12], _mm256_set1_epi64x(WEAL_TREE_INPUT));
    v[14] = _mm256_xor_si256(v[14], _mm256_set1_epi64x(-1));
    for (int r = 0; r < 12; r++) mix_round(v, m, sigma[r % 10]);
    for (int i = 0; i < 4; i++) {
        uint64_t word[4];
        __m256i x = _mm256_xor_si256(h[i], _mm256_xor_si256(v[i], v[8 + i]));
        _mm256_storeu_si256((__m256i *)word, x);
        for (int lane = 0; lane < 4; lane++) weal_put_le64(out[lane] + 8 * i, word[lane]);
    }
}
#endif
