/** Words about live positions, trajectories, fences, dispatch. */
const zh = {} as const

const en: Record<keyof typeof zh, string> = {}

export const live = { zh, en }
