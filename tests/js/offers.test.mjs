// What a combobox shows for a typed text, and which offer a text means.
import assert from "node:assert/strict";
import test from "node:test";
import { findOffer, matchOffers, showOffer } from "../../static/js/choices/offers.js";

const place = (value, text) => ({ value, text });
const PLACES = [
  place("BER", "Berlin"),
  place("BER-107", "Berlin / First floor / Stockroom 107"),
  place("YTO-107", "Toronto / Fourth floor / Stockroom 107"),
  place("BER-003", "Berlin / Ground floor / Café"),
  place("STO-1", "Stockholm / Lab 1"),
];
const values = (offers) => offers.map((offer) => offer.value);

test("every word has to be in a path or code; a name that begins so comes first", () => {
  assert.deepEqual(values(matchOffers(PLACES, "stock", true)), ["BER-107", "YTO-107", "STO-1"]);
  assert.deepEqual(values(matchOffers(PLACES, "107 toronto", true)), ["YTO-107"]);
  assert.deepEqual(values(matchOffers(PLACES, "cafe", true)), ["BER-003"]);
  assert.deepEqual(values(matchOffers(PLACES, "yto", true)), ["YTO-107"]);
  assert.deepEqual(values(matchOffers(PLACES, "  ", true)), values(PLACES));
  assert.deepEqual(matchOffers(PLACES, "roof", true), []);
  // What a field shows of one location finds that one again.
  for (const offer of PLACES) assert.equal(matchOffers(PLACES, showOffer(offer, true), true)[0], offer);
});

test("a text means an offer by its code, its path, or a name that only one has", () => {
  assert.equal(findOffer(PLACES, "yto-107", true), PLACES[2]);
  assert.equal(findOffer(PLACES, "Toronto / Fourth floor / Stockroom 107", true), PLACES[2]);
  assert.equal(findOffer(PLACES, "Stockroom 107 · Toronto / Fourth floor", true), PLACES[2]);
  assert.equal(findOffer(PLACES, "CAFÉ", true), PLACES[3]);
  assert.equal(findOffer(PLACES, "Stockroom 107", true), null);
  assert.equal(findOffer(PLACES, "", true), null);
});

test("only a location is a path", () => {
  const cable = place("Cable / adapter", "Cable / adapter");
  assert.equal(showOffer(cable, false), "Cable / adapter");
  assert.equal(findOffer([cable], "adapter", false), null);
});
