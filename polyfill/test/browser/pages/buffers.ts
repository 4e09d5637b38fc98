/** Watches, and limits, the buffers of a page's GPU devices. */

/** The buffers that were made, and the bytes of those that live. */
export interface Counts {
  made: number;
  bytes: number;
}

/** Do something, while the buffers of all devices of the page are counted; the bytes that are left are those not destroyed. */
export async function counted<T extends object>(action: (counts: Counts) => Promise<T>): Promise<T & { left: number }> {
  const counts = { made: 0, bytes: 0 };
  const { createBuffer } = GPUDevice.prototype;
  const { destroy } = GPUBuffer.prototype;
  const live = new Set<GPUBuffer>();
  GPUDevice.prototype.createBuffer = function (descriptor) {
    const buffer = createBuffer.call(this, descriptor);
    counts.made++;
    counts.bytes += buffer.size;
    live.add(buffer);
    return buffer;
  };
  GPUBuffer.prototype.destroy = function () {
    if (live.delete(this)) counts.bytes -= this.size;
    return destroy.call(this);
  };
  try {
    return { ...(await action(counts)), left: counts.bytes };
  } finally {
    Object.assign(GPUDevice.prototype, { createBuffer });
    Object.assign(GPUBuffer.prototype, { destroy });
  }
}

/** Do something, while no device has memory for a buffer of a mebibyte. */
export async function short<T>(action: () => Promise<T>): Promise<T> {
  const { createBuffer } = GPUDevice.prototype;
  GPUDevice.prototype.createBuffer = function (descriptor) {
    const size = descriptor.size < 2 ** 20 ? descriptor.size : this.limits.maxBufferSize + 4; // Dawn makes an error of it
    return createBuffer.call(this, { ...descriptor, size });
  };
  try {
    return await action();
  } finally {
    Object.assign(GPUDevice.prototype, { createBuffer });
  }
}
