type Lookup = (key: string) => string | undefined

/** A kind of customer in words: shop/supermarket → 超市; unknown ones as they are. */
export function kindWord(kind: string, lookup: Lookup): string {
  const last = kind.split('/').pop() ?? kind
  const plain = last.replaceAll('_', ' ')
  return lookup(`kind.${kind}`) ?? lookup(`kind.${last}`) ?? plain.charAt(0).toUpperCase() + plain.slice(1)
}

/** How far the follow-up of a customer has come, in order. */
export const stages = ['new', 'contacted', 'interested', 'negotiating', 'won', 'given_up'] as const

export const stageWord = (stage: string, lookup: Lookup) => lookup(`stage.${stage}`) ?? stage
export const levelWord = (level: string, lookup: Lookup) => lookup(`level.${level}`) ?? level
export const statusWord = (status: string, lookup: Lookup) => lookup(`status.${status}`) ?? status
