/** Which devices there are, and who uses them. */

import { Device } from "./device.js";

/** A share in a device. */
export interface Hold {
  readonly device: Device;
  /** Give the share back; a device that was made here goes with the last one. */
  release(): void;
}

/** Devices that were made here, by power preference, and how many shares in each are held. */
const own = new Map<string, { device: Promise<Device | undefined>; holders: number }>();
/** Callers' devices, so that what is compiled for one is compiled once. */
const adopted = new WeakMap<GPUDevice, Device>();

/** A share in the caller's device, or in one of the adapter that suits a power preference; undefined where there is none. */
export async function hold(wanted: GPUDevice | "default" | GPUPowerPreference): Promise<Hold | undefined> {
  return typeof wanted === "string" ? holdOwn(wanted) : { device: adopt(wanted), release: () => undefined };
}

/** A caller's device. */
export function adopt(handle: GPUDevice): Device {
  let device = adopted.get(handle);
  if (!device) {
    device = new Device(handle);
    adopted.set(handle, device);
  }
  return device;
}

async function holdOwn(preference: "default" | GPUPowerPreference): Promise<Hold | undefined> {
  const entry = own.get(preference) ?? { device: Device.request(preference === "default" ? undefined : preference), holders: 0 };
  own.set(preference, entry);
  entry.holders++;
  const forget = (): void => {
    if (own.get(preference) === entry) own.delete(preference);
  };
  const device = await entry.device.catch((error) => {
    forget();
    throw error;
  });
  if (!device) {
    forget();
    return undefined;
  }
  void device.lost.then(forget); // a later context gets a new one
  const release = (): void => {
    entry.holders--;
    if (entry.holders > 0) return;
    forget();
    device.handle.destroy();
  };
  return { device, release };
}
