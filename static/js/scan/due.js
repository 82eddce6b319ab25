// @ts-check
/** The day on which an asset is due back, as the scan page's field has it. Pure. */

const DAY = /^(\d{4})-(\d\d)-(\d\d)$/;
const MAX_YEARS = 50;

/** @param {number} number */
const two = (number) => String(number).padStart(2, "0");

/**
 * Return the day on which an asset is due back if nobody says another, as a date field takes it; "" for none.
 * @param {number} days from today
 * @param {Date} [now]
 */
export function defaultDue(days, now = new Date()) {
  if (!(days > 0)) return "";
  const due = new Date(now.getFullYear(), now.getMonth(), now.getDate() + days);
  return `${due.getFullYear()}-${two(due.getMonth() + 1)}-${two(due.getDate())}`;
}

/**
 * Return the end of a day as a time, or what is wrong with the day.
 * @param {string} text as a date field has it, "" for none
 * @param {boolean} isPartial some of its parts are filled in
 * @param {Date} [now]
 * @returns {{at: string | null, trouble: string}}
 */
export function readDue(text, isPartial, now = new Date()) {
  if (!text) return { at: null, trouble: isPartial ? "The day it is due back is not complete." : "" };
  const [, year, month, day] = (DAY.exec(text) ?? []).map(Number);
  const end = new Date(year, month - 1, day, 23, 59, 59);
  const isDay = end.getFullYear() === year && end.getMonth() === month - 1 && end.getDate() === day;
  if (!isDay || year > now.getFullYear() + MAX_YEARS) return { at: null, trouble: `“${text}” isn't a valid date.` };
  if (end <= now) return { at: null, trouble: "The day it is due back is in the past." };
  return { at: end.toISOString(), trouble: "" };
}
