#include "mime/sha256_lanes.hpp"

// FIPS 180-4 section 6.2 with the SHA extensions of x86. The state is kept as the instructions want it: A, B, E, F in
// one register and C, D, G, H in another.
#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#define HAULIER_SHA __attribute__((target("sha,sse4.1,ssse3")))

namespace haulier::mime::sha256_kernel {

namespace {

constexpr std::size_t kBlock = 64;

alignas(16) constexpr std::uint32_t kRound[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

struct State {
  __m128i abef;
  __m128i cdgh;
};

HAULIER_SHA inline __m128i load_words(const char* at) {
  const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  return _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)), swap);
}

HAULIER_SHA inline __m128i round_input(__m128i words, int group) {
  return _mm_add_epi32(words, _mm_load_si128(reinterpret_cast<const __m128i*>(kRound + group * 4)));
}

// Four rounds.
HAULIER_SHA inline void rounds(State& state, __m128i input) {
  state.cdgh = _mm_sha256rnds2_epu32(state.cdgh, state.abef, input);
  state.abef = _mm_sha256rnds2_epu32(state.abef, state.cdgh, _mm_shuffle_epi32(input, 0x0E));
}

// The four words of the schedule that follow the sixteen in w, of which w[at] are the oldest; they take their place.
HAULIER_SHA inline void extend(__m128i* w, int at) {
  const __m128i old = w[at & 3];
  const __m128i middle = _mm_alignr_epi8(w[(at + 3) & 3], w[(at + 2) & 3], 4);
  const __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(old, w[(at + 1) & 3]), middle);
  w[at & 3] = _mm_sha256msg2_epu32(sum, w[(at + 3) & 3]);
}

HAULIER_SHA void one_lane(State& state, const char* data, std::size_t blocks) {
  State now = state;
  for (; blocks != 0; --blocks, data += kBlock) {
    const State before = now;
    __m128i w[4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) w[i] = load_words(data + i * 16);
#pragma GCC unroll 16
    for (int group = 0; group < 16; ++group) {
      rounds(now, round_input(w[group & 3], group));
      if (group < 12) extend(w, group);
    }
    now.abef = _mm_add_epi32(now.abef, before.abef);
    now.cdgh = _mm_add_epi32(now.cdgh, before.cdgh);
  }
  state = now;
}

// The same with two texts, step by step in turn.
HAULIER_SHA void both_lanes(State& state_0, const char* data_0, State& state_1, const char* data_1,
                            std::size_t blocks) {
  State now_0 = state_0;
  State now_1 = state_1;
  for (; blocks != 0; --blocks, data_0 += kBlock, data_1 += kBlock) {
    const State before_0 = now_0;
    const State before_1 = now_1;
    __m128i w_0[4];
    __m128i w_1[4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      w_0[i] = load_words(data_0 + i * 16);
      w_1[i] = load_words(data_1 + i * 16);
    }
#pragma GCC unroll 16
    for (int group = 0; group < 16; ++group) {
      rounds(now_0, round_input(w_0[group & 3], group));
      rounds(now_1, round_input(w_1[group & 3], group));
      if (group < 12) extend(w_0, group);
      if (group < 12) extend(w_1, group);
    }
    now_0.abef = _mm_add_epi32(now_0.abef, before_0.abef);
    now_0.cdgh = _mm_add_epi32(now_0.cdgh, before_0.cdgh);
    now_1.abef = _mm_add_epi32(now_1.abef, before_1.abef);
    now_1.cdgh = _mm_add_epi32(now_1.cdgh, before_1.cdgh);
  }
  state_0 = now_0;
  state_1 = now_1;
}

// One text on its way: its whole blocks, then one or two with its end, the padding and its length in bits.
class Lane {
 public:
  HAULIER_SHA void begin(std::string_view text, Sha256::Digest& digest) {
    state_.abef = _mm_set_epi32(0x6a09e667, static_cast<int>(0xbb67ae85), 0x510e527f, static_cast<int>(0x9b05688c));
    state_.cdgh = _mm_set_epi32(0x3c6ef372, static_cast<int>(0xa54ff53a), 0x1f83d9ab, 0x5be0cd19);
    at_ = text.data();
    blocks_ = text.size() / kBlock;
    digest_ = &digest;
    const std::size_t rest = text.size() % kBlock;
    tail_blocks_ = rest < kBlock - 8 ? 1 : 2;
    tail_.fill(0);
    if (rest != 0) std::memcpy(tail_.data(), text.data() + (text.size() - rest), rest);
    tail_[rest] = static_cast<char>(0x80);
    const std::uint64_t bits = __builtin_bswap64(std::uint64_t{text.size()} * 8);
    std::memcpy(tail_.data() + tail_blocks_ * kBlock - sizeof bits, &bits, sizeof bits);
    if (blocks_ == 0) take_tail();
  }
  [[nodiscard]] bool busy() const { return digest_ != nullptr; }
  [[nodiscard]] std::size_t blocks() const { return blocks_; }

  HAULIER_SHA void run(std::size_t blocks) {
    one_lane(state_, at_, blocks);
    advance(blocks);
  }
  HAULIER_SHA static void run_both(Lane& a, Lane& b, std::size_t blocks) {
    both_lanes(a.state_, a.at_, b.state_, b.at_, blocks);
    a.advance(blocks);
    b.advance(blocks);
  }

 private:
  void take_tail() {
    at_ = tail_.data();
    blocks_ = tail_blocks_;
    tail_blocks_ = 0;
  }
  HAULIER_SHA void advance(std::size_t blocks) {
    at_ += blocks * kBlock;
    blocks_ -= blocks;
    if (blocks_ != 0) return;
    if (tail_blocks_ != 0)
      take_tail();
    else
      finish();
  }
  HAULIER_SHA void finish() {
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    const __m128i feba = _mm_shuffle_epi32(state_.abef, 0x1B);
    const __m128i dchg = _mm_shuffle_epi32(state_.cdgh, 0xB1);
    const __m128i dcba = _mm_blend_epi16(feba, dchg, 0xF0);
    const __m128i hgfe = _mm_alignr_epi8(dchg, feba, 8);
    auto* to = reinterpret_cast<__m128i*>(digest_->data());
    _mm_storeu_si128(to, _mm_shuffle_epi8(dcba, swap));
    _mm_storeu_si128(to + 1, _mm_shuffle_epi8(hgfe, swap));
    digest_ = nullptr;
  }

  State state_{};
  const char* at_ = nullptr;
  std::size_t blocks_ = 0;
  std::size_t tail_blocks_ = 0;  // still to come
  Sha256::Digest* digest_ = nullptr;
  std::array<char, 2 * kBlock> tail_{};
};

}  // namespace

bool has_sha_instructions() {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  constexpr unsigned kSha = 1u << 29;  // of EBX, leaf 7; clang 14 has no name for it
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || (b & kSha) == 0) return false;
  return __builtin_cpu_supports("sse4.1") != 0 && __builtin_cpu_supports("ssse3") != 0;
}

void two_lanes(std::span<const Sha256Job> jobs) {
  Lane lanes[2];
  std::size_t next = 0;
  for (;;) {
    for (Lane& lane : lanes) {
      if (lane.busy() || next == jobs.size()) continue;
      lane.begin(jobs[next].text, *jobs[next].digest);
      ++next;
    }
    if (lanes[0].busy() && lanes[1].busy())
      Lane::run_both(lanes[0], lanes[1], std::min(lanes[0].blocks(), lanes[1].blocks()));
    else if (lanes[0].busy())
      lanes[0].run(lanes[0].blocks());
    else if (lanes[1].busy())
      lanes[1].run(lanes[1].blocks());
    else
      return;
  }
}

}  // namespace haulier::mime::sha256_kernel
#endif
