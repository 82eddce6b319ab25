// @ts-check
/** Ids made on this device. `crypto.randomUUID` is missing over plain HTTP, so there is a second way. */

/** @returns {string} a version 4 UUID */
export function makeScanId() {
  if (globalThis.crypto?.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Return this browser's own name, made at the first use. */
export function deviceName() {
  try {
    let name = localStorage.getItem("scanner.device");
    if (!name) {
      name = `web-${makeScanId().slice(0, 8)}`;
      localStorage.setItem("scanner.device", name);
    }
    return name;
  } catch {
    return "web";
  }
}
