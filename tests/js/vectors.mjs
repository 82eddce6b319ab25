// The vectors that the server's tests read too, and a small office made of them as a phone holds it.
import { readFileSync } from "node:fs";
import { Lists } from "../../static/js/offline/lists.js";

/** @param {string} name */
export function loadVectors(name) {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}`, import.meta.url), "utf8"));
}

export const facts = loadVectors("facts.json");

/** Return the lists of a phone, as the server sends them for an office of the vectors. */
export async function loadOffice({ locations, people, assets, rules }, audit = 7) {
  const paths = {};
  locations.forEach(({ code, parent }, i) => (paths[code] = `${parent ? paths[parent] : "/"}${i + 1}/`));
  const nameOf = Object.fromEntries(locations.map(({ code, name }) => [code, name]));
  const places = locations.map(({ code, name }) => ({ code, name, path: paths[code], keys: [code] }));
  const kept = {
    places: { body: { places, people: people.map((person) => ({ ...person, keys: [person.number, person.badge] })), rules } },
    [`audit:${audit}`]: {
      fetched_at: 1,
      body: {
        assets: assets.map(({ tag, name, location, serial }) => ({
          tag, name, location, location_name: nameOf[location] ?? null, location_path: paths[location] ?? null,
          expected: true, seen_at: null, keys: [tag, serial].filter(Boolean),
        })),
      },
    },
  };
  const lists = new Lists({ get: async (_store, key) => kept[key], put: async () => {} });
  await lists.load(audit);
  return lists;
}
