// @ts-check
/** Pages that do not take codes: a keyboard scanner presses nothing there, and the page says where codes go. */
import { refuseCodes } from "./refuse_codes.js";

refuseCodes({ leavesText: true });
