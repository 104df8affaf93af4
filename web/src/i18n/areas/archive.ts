/** Words about the life of a customer: archive, approvals, pool. */
const zh = {} as const

const en: Record<keyof typeof zh, string> = {}

export const archive = { zh, en }
