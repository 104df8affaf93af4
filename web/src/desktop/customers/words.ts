type Lookup = (key: string) => string | undefined

/** A kind of customer in words: shop/supermarket → 超市; unknown ones as they are. */
export function kindWord(kind: string, lookup: Lookup): string {
  const last = kind.split('/').pop() ?? kind
  return lookup(`kind.${kind}`) ?? lookup(`kind.${last}`) ?? last.replaceAll('_', ' ')
}

/** How far the follow-up of a customer has come, in order. */
export const stages = ['new', 'contacted', 'interested', 'negotiating', 'won', 'given_up'] as const

export const stageWord = (stage: string, lookup: Lookup) => lookup(`stage.${stage}`) ?? stage
export const levelWord = (level: string, lookup: Lookup) => lookup(`level.${level}`) ?? level
export const statusWord = (status: string, lookup: Lookup) => lookup(`status.${status}`) ?? status
