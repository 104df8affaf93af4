/** Words about routes, isochrones, optimiser. */
const zh = {} as const

const en: Record<keyof typeof zh, string> = {}

export const roads = { zh, en }
