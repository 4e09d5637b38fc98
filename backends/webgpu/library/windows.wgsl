// Windows of images: where their taps lie, and how many of them are inside.

struct Tap {
  at: i32,
  inside: bool,
}

// The row, or column, of the input that a tap of a convolution's window meets; TRANSPOSED is 1 for transposed convolutions.
fn window_tap(out: u32, tap: u32, before: u32, stride: u32, dilation: u32, size: u32) -> Tap {
  if (TRANSPOSED == 1u) {
    let spread = i32(out + before) - i32(tap * dilation);
    return Tap(spread / i32(stride), spread >= 0i && spread % i32(stride) == 0i && spread / i32(stride) < i32(size));
  }
  let at = i32(out * stride + tap * dilation) - i32(before);
  return Tap(at, at >= 0i && at < i32(size));
}

// How many of so many taps, the first of them at a row or column that may lie outside, are inside an image of this size.
fn taps_inside(first: i32, taps: u32, dilation: u32, size: u32) -> u32 {
  if (first >= i32(size)) { return 0u; }
  let before = (u32(max(0i - first, 0i)) + dilation - 1u) / dilation;
  let end = min(taps, u32(i32(size) - 1i - first) / dilation + 1u);
  return max(end, before) - before;
}
