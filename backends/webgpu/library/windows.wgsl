// Windows of images: where their taps lie, and how many of them are inside.

struct Tap {
  at: i32,
  tap: u32,
  inside: bool,
}

// The row, or column, of the input that a tap of a convolution's window meets, and that tap. TRANSPOSED is 1 for transposed
// convolutions, whose terms may also be counted by the rows, or columns, of the input, where those are fewer.
fn window_tap(out: u32, term: u32, by_pixel: u32, before: u32, stride: u32, dilation: u32, size: u32, taps: u32) -> Tap {
  if (TRANSPOSED == 1u && by_pixel == 1u) {
    let spread = i32(out + before) - i32(term * stride);
    let tap = spread / i32(dilation);
    return Tap(i32(term), u32(tap), spread >= 0i && spread % i32(dilation) == 0i && tap < i32(taps));
  }
  if (TRANSPOSED == 1u) {
    let spread = i32(out + before) - i32(term * dilation);
    return Tap(spread / i32(stride), term, spread >= 0i && spread % i32(stride) == 0i && spread / i32(stride) < i32(size));
  }
  let at = i32(out * stride + term * dilation) - i32(before);
  return Tap(at, term, at >= 0i && at < i32(size));
}

// How many of so many taps, the first of them at a row or column that may lie outside, are inside an image of this size.
fn taps_inside(first: i32, taps: u32, dilation: u32, size: u32) -> u32 {
  if (first >= i32(size)) { return 0u; }
  let before = (u32(max(0i - first, 0i)) + dilation - 1u) / dilation;
  let end = min(taps, u32(i32(size) - 1i - first) / dilation + 1u);
  return max(end, before) - before;
}
