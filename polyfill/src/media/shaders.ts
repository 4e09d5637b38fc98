/** The shaders between pictures and tensors. */

import type { Picture } from "./options.js";

/** The layout of the uniform; `pictureOf` fills it. */
const PARAMETERS = `
struct Parameters {
  mean: vec4f,
  deviation: vec4f,
  canvas: vec2f,
  size: vec2u, // width and height of the tensor
  channels: u32,
  words: u32,
  fit: u32, // 0 fill, 1 contain, 2 cover
  is_smooth: u32,
  is_planar: u32,
  is_reversed: u32,
}
@group(0) @binding(0) var<uniform> parameters: Parameters;
`;

/**
 * A sample of a picture around a place, ratio pixels wide: of the triangle of Pillow's bilinear filter, whose weights are
 * made to sum to 1. Of wide triangles some of the pixels are taken, at equal distances, so that the loops stay short.
 */
const SAMPLE = `
const TAPS = 8.0;

fn sampled(centre: vec2f, ratio: vec2f, size: vec2i) -> vec4f {
  if (parameters.is_smooth == 0u) { return texel(clamp(vec2i(floor(centre)), vec2i(0), size - 1)); }
  let support = max(ratio, vec2f(1));
  let step = vec2i(ceil(support / TAPS));
  let first = max(vec2i(floor(centre - support + 0.5)), vec2i(0));
  let end = min(vec2i(floor(centre + support + 0.5)), size);
  var sum = vec4f(0);
  var total = 0.0;
  for (var y = first.y; y < end.y; y += step.y) {
    let down = 1 - abs(f32(y) + 0.5 - centre.y) / support.y;
    for (var x = first.x; x < end.x; x += step.x) {
      let weight = max(down, 0) * max(1 - abs(f32(x) + 0.5 - centre.x) / support.x, 0);
      if (weight > 0) {
        sum += weight * texel(vec2i(x, y));
        total += weight;
      }
    }
  }
  return sum / total;
}
`;

/** A word of a tensor, by the elements in it; and an element, by its word. */
const FORMATS: Readonly<Record<Picture["dataType"], { readonly pack: string; readonly unpack: string }>> = {
  float32: { pack: "bitcast<u32>(element(i))", unpack: "bitcast<f32>(words[i])" },
  float16: { pack: "pack2x16float(vec2f(element(2 * i), element(2 * i + 1)))", unpack: "unpack2x16float(words[i / 2])[i % 2]" },
  uint8: {
    pack: "byte(4 * i) | (byte(4 * i + 1) << 8) | (byte(4 * i + 2) << 16) | (byte(4 * i + 3) << 24)",
    unpack: "f32((words[i / 4] >> (8 * (i % 4))) & 255)",
  },
};

/** Writes a picture into a tensor, a word an invocation. */
export function writing(dataType: Picture["dataType"], isExternal: boolean): string {
  const [type, load] = isExternal ? ["texture_external", "textureLoad(picture, at)"] : ["texture_2d<f32>", "textureLoad(picture, at, 0)"];
  return `${PARAMETERS}
@group(0) @binding(1) var<storage, read_write> words: array<u32>;
@group(0) @binding(2) var picture: ${type};

fn texel(at: vec2i) -> vec4f { return ${load}; }
${SAMPLE}
fn value(place: vec2u, channel: u32) -> f32 {
  let size = vec2f(textureDimensions(picture));
  var ratio = size / vec2f(parameters.size);
  if (parameters.fit == 1) { ratio = vec2f(max(ratio.x, ratio.y)); }
  if (parameters.fit == 2) { ratio = vec2f(min(ratio.x, ratio.y)); }
  let centre = (vec2f(place) + 0.5 - vec2f(parameters.size) / 2) * ratio + size / 2;
  var colour = vec4f(0, 0, 0, 1);
  if (all(centre >= vec2f(0)) && all(centre <= size)) { colour = sampled(centre, ratio, vec2i(size)); }
  if (parameters.channels == 1) { return dot(colour.rgb, vec3f(0.299, 0.587, 0.114)); }
  return select(colour, colour.bgra, parameters.is_reversed == 1)[channel];
}

fn element(i: u32) -> f32 {
  let area = parameters.size.x * parameters.size.y;
  let planar = parameters.is_planar == 1;
  let channel = select(i % parameters.channels, i / area, planar);
  let pixel = select(i / parameters.channels, i % area, planar);
  if (channel >= parameters.channels || pixel >= area) { return 0; }
  let found = value(vec2u(pixel % parameters.size.x, pixel / parameters.size.x), channel);
  return (found - parameters.mean[channel]) / parameters.deviation[channel];
}

fn byte(i: u32) -> u32 { return u32(clamp(round(element(i)), 0, 255)); }

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64;
  if (i >= parameters.words) { return; }
  words[i] = ${FORMATS[dataType].pack};
}`;
}

/** Draws a tensor over a whole canvas. */
export function drawing(dataType: Picture["dataType"]): string {
  return `${PARAMETERS}
@group(0) @binding(1) var<storage, read> words: array<u32>;

fn element(place: vec2u, channel: u32) -> f32 {
  let pixel = place.y * parameters.size.x + place.x;
  let area = parameters.size.x * parameters.size.y;
  let i = select(pixel * parameters.channels + channel, channel * area + pixel, parameters.is_planar == 1);
  return ${FORMATS[dataType].unpack} * parameters.deviation[channel] + parameters.mean[channel];
}

fn texel(at: vec2i) -> vec4f {
  let place = vec2u(at);
  if (parameters.channels == 1) { return vec4f(vec3f(element(place, 0)), 1); }
  let colour = vec3f(element(place, 0), element(place, 1), element(place, 2));
  let alpha = select(1.0, element(place, 3), parameters.channels == 4);
  return vec4f(select(colour, colour.bgr, parameters.is_reversed == 1), alpha);
}
${SAMPLE}
@vertex
fn corners(@builtin(vertex_index) i: u32) -> @builtin(position) vec4f {
  return vec4f(f32(i & 1) * 4 - 1, f32(i >> 1) * 4 - 1, 0, 1);
}

@fragment
fn colour(@builtin(position) place: vec4f) -> @location(0) vec4f {
  let size = vec2f(parameters.size);
  let ratio = size / parameters.canvas;
  let found = clamp(sampled(place.xy * ratio, ratio, vec2i(parameters.size)), vec4f(0), vec4f(1));
  return vec4f(found.rgb * found.a, found.a);
}`;
}
