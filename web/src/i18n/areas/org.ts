/** Words about people, roles, audit, settings. */
const zh = {
  'role.keeper': '库管员',
} as const

const en: Record<keyof typeof zh, string> = {
  'role.keeper': 'Warehouse keeper',
}

export const org = { zh, en }
