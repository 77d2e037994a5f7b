/** What the page sends to the machine: nothing while looking. */
export type InputMode = 'look' | 'type' | 'mouse' | 'keys'
