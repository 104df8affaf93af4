/** Words about territories and white space. */
const zh = {} as const

const en: Record<keyof typeof zh, string> = {}

export const areas = { zh, en }
