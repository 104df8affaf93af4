import { Download } from 'lucide-react'
import { fileLink, type Query } from '../../api/client'
import { useSpeech } from '../../i18n/language'
import { useSession } from '../../session/session'

/** Entries of a menu that load the customers of a filter as a file; none without the right. */
export function useDownloads(filter: Query) {
  const { t } = useSpeech()
  const { may } = useSession()
  if (!may('customers.export')) return []
  const entry = (key: 'xlsx' | 'csv', word: string) => ({
    key, icon: <Download size={14} aria-hidden />,
    label: <a href={fileLink(`/v1/customers/export.${key}`, filter)} download>{word}</a>,
  })
  return [entry('xlsx', t('do.exportXlsx')), entry('csv', t('do.exportCsv'))]
}
