/** No real PiKVM has more. */
export const maxChannels = 200

/** What kvmd takes as the name of a channel; no other is shown or kept. */
export const channelName = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/
