import { useState } from 'react'
import { Button, Input, Segmented } from 'antd'
import { ClipboardCheck, MapPinCheck } from 'lucide-react'
import { Link } from 'wouter'
import { useApprovalCounts, useApprovals, type Approval, type Box } from '../../api/org'
import { usePendingVisits } from '../../api/work'
import { useSpeech } from '../../i18n/language'
import { useSession } from '../../session/session'
import { useWhen } from '../settings/Desk'
import { Nothing, Trouble, Waiting } from '../states'
import { useUrl } from '../url'
import { ApprovalView } from './ApprovalView'
import { kindWord, stateWord } from './words'

const boxes: Box[] = ['to_decide', 'mine', 'decided', 'all']

/** What waits for a yes: mine to give, or somebody else's to give me. */
export default function ApprovalsPage() {
  const { t } = useSpeech()
  const { params, set } = useUrl()
  const asked = params.get('box') as Box | null
  const [box, setBoxState] = useState<Box>(asked && boxes.includes(asked) ? asked : 'to_decide')
  const [open, setOpenState] = useState<number | null>(Number(params.get('request')) || null)
  const counts = useApprovalCounts()
  const visits = usePendingVisits()
  const setBox = (b: Box) => {
    setBoxState(b)
    set({ box: b })
  }
  const setOpen = (id: number | null) => {
    setOpenState(id)
    set({ request: id })
  }
  return (
    <section className="desk" aria-label={t('approval.title')}>
      <div className="approval-list">
        <header className="panel-head"><h1 className="panel-title">{t('approval.title')}</h1></header>
        <div className="planner-tabs">
          <Segmented block value={box} onChange={setBox} aria-label={t('approval.title')}
            options={boxes.map((b) => ({
              value: b,
              label: b === 'to_decide' && counts.data?.to_decide
                ? `${t(`approval.box.${b}`)} ${counts.data.to_decide}` : t(`approval.box.${b}`),
            }))} />
        </div>
        {visits.total > 0 && (
          <Link href="/visits?tab=records&state=pending" className="approval-visits">
            <MapPinCheck size={18} aria-hidden /> {t('work.waiting', { n: visits.total })}
          </Link>
        )}
        <ApprovalRows box={box} open={open} onOpen={setOpen} />
      </div>
      <div className="desk-main">
        {open === null ? (
          <Nothing icon={<ClipboardCheck size={26} />} title={t('approval.pick')} />
        ) : <ApprovalView key={open} id={open} />}
      </div>
    </section>
  )
}

function ApprovalRows({ box, open, onOpen }: {
  box: Box
  open: number | null
  onOpen: (id: number) => void
}) {
  const { t } = useSpeech()
  const [words, setWords] = useState('')
  const list = useApprovals(box, words.trim() ? { q: words.trim() } : {})
  const rows = list.data?.pages.flatMap((p) => p.items) ?? []
  return (
    <>
      <div className="filters">
        <Input allowClear value={words} onChange={(e) => setWords(e.target.value)}
          placeholder={t('approval.search')} aria-label={t('approval.search')} />
      </div>
      {list.isPending && <Waiting />}
      {list.isError && <Trouble error={list.error} retry={() => void list.refetch()} />}
      {list.data && rows.length === 0 && (
        <Nothing icon={<ClipboardCheck size={26} />} title={t(`approval.none.${box}`)} />
      )}
      <div className="rows" role="list" aria-label={t('approval.title')}>
        {rows.map((r) => <Row key={r.id} request={r} picked={r.id === open} onOpen={onOpen} />)}
      </div>
      {list.hasNextPage && (
        <Button block type="text" onClick={() => void list.fetchNextPage()}>{t('do.moreRows')}</Button>
      )}
    </>
  )
}

function Row({ request: r, picked, onOpen }: {
  request: Approval
  picked: boolean
  onOpen: (id: number) => void
}) {
  const { lookup } = useSpeech()
  const { me } = useSession()
  const when = useWhen(me.timezone)
  return (
    <div role="listitem">
      <button type="button" className="row" aria-current={picked || undefined} onClick={() => onOpen(r.id)}>
        <span className="row-main">
          <span className="row-title">{kindWord(r.kind, lookup)} · {r.title}</span>
          <span className="row-sub">{r.applicant_name} · <span className="num">{when(r.created_at)}</span></span>
        </span>
        <span className="approval-state" data-state={r.state}>{stateWord(r.state, lookup)}</span>
      </button>
    </div>
  )
}

