/** Words about people, roles, audit, settings. */
const zh = {} as const

const en: Record<keyof typeof zh, string> = {}

export const org = { zh, en }
