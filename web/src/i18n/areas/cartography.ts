/** Words about the map: colours, selection, print, base layers. */
const zh = {} as const

const en: Record<keyof typeof zh, string> = {}

export const cartography = { zh, en }
