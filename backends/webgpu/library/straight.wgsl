// Functions that stand in the place of those of the same name on devices that go through both sides of every branch, as
// CPUs that play GPUs do: without branches, divisions of integers and shifts by what is not constant. The results are as good.

// x * 2^100, exactly, for |x| < 2^27.
fn raised(x: f32) -> f32 {
  let tiny = bitcast<u32>(f32(magnitude(x)) * 1.77635683940025046e-15) | sign_bit(x);
  return select(pin(x * 1.26765060022822940e30), bitcast<f32>(tiny), exponent(x) == 0u);
}

// x * 2^-100, rounded once, for |x| < 2^100: a subnormal number is what is added to a power of two.
fn lowered(x: f32) -> f32 {
  let m = magnitude(x);
  let tiny = bitcast<u32>(pin(bitcast<f32>(m) + 1.490116119384765625e-8)) - 0x32800000u;
  return bitcast<f32>((sign_bit(x) | select(m - 0x32000000u, tiny, m < 0x32800000u)) ^ opaque);
}

fn add_float(a: f32, b: f32) -> f32 {
  let small = max(exponent(a), exponent(b)) < 64u;
  return select(pin(a + b), lowered(pin(raised(a) + raised(b))), small);
}

fn round_even_float(x: f32) -> f32 {
  let whole = pin(pin(bitcast<f32>(magnitude(x)) + 8388608.0) - 8388608.0);
  return select(bitcast<f32>(bitcast<u32>(whole) | sign_bit(x)), x, exponent(x) >= 150u);
}

// y * 2^n, rounded once, for y of 2^-20 to 2^20 and n of -200 to 128.
fn power_of_two(y: f32, n: i32) -> f32 {
  let power = i32(exponent(y)) + n;
  let usual = bitcast<u32>(y) + (bitcast<u32>(n) << 23u);
  let bits = select(usual, sign_bit(y) | 0x7f800000u, power > 254i);
  let small = lowered(pin(y * bitcast<f32>(bitcast<u32>(n + 227i) << 23u)));
  return select(bitcast<f32>(bits ^ opaque), small, power < 1i);
}

// exp(x) as a number near one and a power of two, for |x| < 150.
fn exp_parts(x: f32) -> Reduced {
  let r = reduced_by_ln2(x);
  let tail = pin(pin(r.rest * r.rest) * exp_tail(r.rest));
  return Reduced(pin(1.0 + pin(r.rest + tail)), r.quotient);
}

fn exp_float(x: f32) -> f32 {
  let far = magnitude(x) > 0x42d20000u;
  let e = exp_parts(select(x, select(105.0, -105.0, sign_bit(x) != 0u), far));
  return select(power_of_two(e.rest, e.quotient), x, is_nan(x));
}

// x * erfc(-x / sqrt(2)) / 2: near zero and far from it.
fn gelu_float(x: f32) -> f32 {
  let bounded = select(x, 0.0, magnitude(x) > 0x41700000u);
  let z = mul_pair(vec2<f32>(bounded, 0.0), vec2<f32>(0.707106769, 1.21016175e-8));
  let m = bitcast<f32>(magnitude(z.x));
  let near = lowered(pin(pin(raised(bounded) * 0.5) * pin(1.0 + erf_plain(z.x))));
  let square = two_product(m, m);
  let e = exp_parts(neg_float(square.x));
  let rest = select(z.y, neg_float(z.y), sign_bit(x) != 0u);
  let slope = pin(1.0 - pin(square.y + pin(pin(2.0 * m) * rest)));
  let tail = pin(pin(e.rest * slope) * erfc_factor(m));
  let half = pin(0.5 * bounded);
  let far = power_of_two(select(tail, pin(half * tail), sign_bit(x) != 0u), e.quotient);
  let y = select(pin(half * pin(2.0 - far)), far, sign_bit(x) != 0u);
  let beyond = select(x, neg_float(0.0), sign_bit(x) != 0u && !is_nan(x));
  return select(select(y, near, magnitude(m) < 0x3f400000u), beyond, magnitude(x) > 0x41700000u);
}

// erf(x) for |x| < 0.75 that are not near the least numbers.
fn erf_plain(x: f32) -> f32 {
  let z = pin(x * x);
  var p = multiply_add(9.47553417e-5, z, -8.35778425e-4);
  p = multiply_add(p, z, 5.21684391e-3);
  p = multiply_add(p, z, -2.68647876e-2);
  p = multiply_add(p, z, 0.112837791);
  p = multiply_add(p, z, -0.376126379);
  return pin(x + pin(pin(x * 0.125) + pin(x * pin(pin(p * z) + 3.37916706e-3))));
}

// erfc(x) / exp(-x^2) for 0.75 <= x < 16.
fn erfc_factor(x: f32) -> f32 {
  let t = pin(pin(x - 2.0) / pin(x + 2.0));
  var p = multiply_add(-5.51666854e-5, t, -1.43883470e-3);
  p = multiply_add(p, t, 1.09864376e-3);
  p = multiply_add(p, t, 8.74037109e-3);
  p = multiply_add(p, t, -8.00628215e-3);
  p = multiply_add(p, t, -5.42233363e-2);
  p = multiply_add(p, t, 0.164049536);
  p = multiply_add(p, t, -0.166030243);
  p = multiply_add(p, t, -9.27637964e-2);
  p = multiply_add(p, t, 1.27697837);
  return pin(p / pin(1.0 + pin(2.0 * x)));
}

fn a_up_to_four(at: u32, step: u32, left: u32) -> vec4<f32> {
  let last = left - 1u;
  return vec4<f32>(
    a_load(at),
    select(0.0, a_load(at + min(1u, last) * step), last >= 1u),
    select(0.0, a_load(at + min(2u, last) * step), last >= 2u),
    select(0.0, a_load(at + min(3u, last) * step), last >= 3u));
}

fn b_up_to_four(at: u32, step: u32, left: u32) -> vec4<f32> {
  let last = left - 1u;
  return vec4<f32>(
    b_load(at),
    select(0.0, b_load(at + min(1u, last) * step), last >= 1u),
    select(0.0, b_load(at + min(2u, last) * step), last >= 2u),
    select(0.0, b_load(at + min(3u, last) * step), last >= 3u));
}

// What an output pixel meets of a term, zero where that is nothing.
fn image_pixel(term: Term, row: u32, column: u32) -> f32 {
  let at = meeting(term, row, column);
  let meets = at != 0xffffffffu;
  return select(0.0, b_load(select(0u, at, meets)), meets);
}

// Pixels beyond the last are computed as if they were there; nobody stores what comes of them.
fn image_right(batch: u32, k: u32, n: u32) -> vec4<f32> {
  if (k >= K) { return vec4<f32>(); }
  let term = term_of(batch, k);
  let at = vec4<u32>(n % OUT_WIDTH) + vec4<u32>(0u, 1u, 2u, 3u);
  let row = vec4<u32>(n / OUT_WIDTH) + at / vec4<u32>(OUT_WIDTH);
  let column = at % vec4<u32>(OUT_WIDTH);
  return vec4<f32>(
    image_pixel(term, row.x, column.x),
    image_pixel(term, row.y, column.y),
    image_pixel(term, row.z, column.z),
    image_pixel(term, row.w, column.w));
}

fn image_term(batch: u32, k: u32, row: u32, column: u32) -> f32 {
  let at = meeting(term_of(batch, k), row, column);
  let meets = at != 0xffffffffu;
  return select(0.0, a_load(select(0u, at, meets)), meets);
}

fn image_left(batch: u32, m: u32, k: u32) -> vec4<f32> {
  if (INSIDE == 0u && (m >= M || k >= K)) { return vec4<f32>(); }
  let row = m / OUT_WIDTH;
  let column = m % OUT_WIDTH;
  if (CHANNELS % 4u == 0u) {
    let at = meeting(term_of(batch, k), row, column);
    let meets = at != 0xffffffffu;
    return select(vec4<f32>(), a_up_to_four(select(0u, at, meets), X_STRIDES[1], 4u), meets);
  }
  let last = K - 1u - k;
  return vec4<f32>(
    image_term(batch, k, row, column),
    select(0.0, image_term(batch, k + min(1u, last), row, column), last >= 1u),
    select(0.0, image_term(batch, k + min(2u, last), row, column), last >= 2u),
    select(0.0, image_term(batch, k + min(3u, last), row, column), last >= 3u));
}

fn filters_left(batch: u32, m: u32, k: u32) -> vec4<f32> {
  if (m >= M || k >= K) { return vec4<f32>(); }
  let last = K - 1u - k;
  return vec4<f32>(
    a_load(filter_at(batch, m, k)),
    select(0.0, a_load(filter_at(batch, m, k + min(1u, last))), last >= 1u),
    select(0.0, a_load(filter_at(batch, m, k + min(2u, last))), last >= 2u),
    select(0.0, a_load(filter_at(batch, m, k + min(3u, last))), last >= 3u));
}

fn filters_right(batch: u32, k: u32, n: u32) -> vec4<f32> {
  if (k >= K || n >= N) { return vec4<f32>(); }
  let last = N - 1u - n;
  return vec4<f32>(
    b_load(filter_at(batch, n, k)),
    b_load(filter_at(batch, n + min(1u, last), k)),
    b_load(filter_at(batch, n + min(2u, last), k)),
    b_load(filter_at(batch, n + min(3u, last), k)));
}
