/** The longest text that is typed as one unit, in UTF-16 units as `String.length` counts; longer ones are refused whole. */
export const maxTextLength = 20_000
/** The most characters that one text takes back first. */
export const maxErase = 2_000
