/** Words about visits, photos, evidence, the offline phone. */
const zh = {} as const

const en: Record<keyof typeof zh, string> = {}

export const field = { zh, en }
