import { money } from '../../format/format'
import { useSpeech } from '../../i18n/language'

/** How many documents a list has and what they come to, where that was counted; the list as a file. */
export function ListSum({ page, href }: {
  page: { total: number | null; total_cents: number | null }
  href: string
}) {
  const { t } = useSpeech()
  return (
    <p className="trade-sum num">
      <span>{page.total === null ? t('trade.sumMany')
        : t('trade.sum', { n: page.total, money: money(page.total_cents ?? 0) })}</span>
      <a href={href} download>{t('trade.export')}</a>
    </p>
  )
}
