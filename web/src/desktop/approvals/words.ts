/** The words of kinds, fields and history lines that are made at run time. */
type Lookup = (key: string, args?: Record<string, string | number>) => string | undefined

export const kindWord = (kind: string, lookup: Lookup) => lookup(`approval.kind.${kind}`) ?? kind

export { fieldWord } from '../../book/fieldWord'

export const stateWord = (state: string, lookup: Lookup) => lookup(`approval.state.${state}`) ?? state
