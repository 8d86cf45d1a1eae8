// Whether this program was built with a sanitizer.
#pragma once

namespace ipcsort::test {

#if defined(__SANITIZE_THREAD__)
inline constexpr bool has_thread_sanitizer = true;
#elif defined(__has_feature)
inline constexpr bool has_thread_sanitizer = __has_feature(thread_sanitizer);
#else
inline constexpr bool has_thread_sanitizer = false;
#endif

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool is_sanitized = true;
#elif defined(__has_feature)
inline constexpr bool is_sanitized = __has_feature(address_sanitizer) || has_thread_sanitizer;
#else
inline constexpr bool is_sanitized = has_thread_sanitizer;
#endif

inline constexpr const char* sanitizers_own_calls =
    "a sanitizer makes system calls of its own in between and ends the program when one fails";

}  // namespace ipcsort::test
