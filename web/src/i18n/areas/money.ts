/** Words about orders, goods-out, ledger, collection. */
const zh = {} as const

const en: Record<keyof typeof zh, string> = {}

export const money = { zh, en }
