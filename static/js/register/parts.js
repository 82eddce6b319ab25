// @ts-check
/** Which code of a photo goes into which field. Pure. */

/**
 * @typedef {"tag" | "serial" | "model_number" | "article" | "address" | "other"} Kind
 * @typedef {{kind: Kind, value: string, text: string, symbology: string, polygon: number[][]}} Part
 */

export const KINDS = /** @type {Record<Kind, string>} */ ({
  tag: "Tag", serial: "Serial number", model_number: "Model number", article: "Article number",
  address: "Network address", other: "Which number is it?",
});

/** The fields of each page by what they take; `scan` is a scan of the page. */
export const FIELDS = /** @type {Record<string, Partial<Record<Kind, string>>>} */ ({
  asset: { tag: "asset_tag", serial: "serial_number", model_number: "model_number" },
  receive: { tag: "first_tag", serial: "serials" },
  enrol: { tag: "scan" },
});

/**
 * Return the parts that go into fields, those that a person has to sort, and an asset that has one of the codes.
 * @param {any[]} symbols as the server read them @param {Partial<Record<Kind, string>>} fields
 * @returns {{filled: Part[], open: Part[], known: string | null}}
 */
export function arrange(symbols, fields) {
  /** @type {Map<string, Part>} */
  const parts = new Map();
  let known = null;
  for (const symbol of symbols) {
    known ??= symbol.asset?.asset_tag ?? null;
    // An asset that is in the register is scanned by whichever of its codes is in the photo.
    const found = fields.tag === "scan" && symbol.asset ? [{ kind: "tag", value: symbol.asset.asset_tag }] : symbol.parts;
    for (const { kind, value } of found) {
      const text = fields.tag === "scan" && symbol.asset ? symbol.asset.asset_tag : symbol.text;
      const key = `${kind} ${value}`;
      if (!parts.has(key)) parts.set(key, { kind, value, text, symbology: symbol.symbology, polygon: symbol.polygon });
    }
  }
  const all = [...parts.values()];
  const isAlone = (/** @type {Part} */ part) => all.filter(({ kind }) => kind === part.kind).length === 1;
  // Two serial numbers on one device: a person says which is the device's.
  const filled = all.filter((part) => fields[part.kind] && isAlone(part));
  return { filled, open: all.filter((part) => !filled.includes(part)), known };
}
