import { useState } from 'react'
import { App, Modal, Select } from 'antd'
import { useQueryClient } from '@tanstack/react-query'
import { skillNames, useSkills } from '../../api/calls'
import { commandKey, put } from '../../api/client'
import { usePeople } from '../../api/queries'
import { useSpeech } from '../../i18n/language'
import { sentence } from '../../i18n/problem'
import { Trouble, Waiting } from '../states'

/** What everybody can do, in the company's own words; each change is saved at once. */
export function SkillsDialog({ onClose }: { onClose: () => void }) {
  const { t, lookup, language } = useSpeech()
  const { message } = App.useApp()
  const client = useQueryClient()
  const people = usePeople()
  const skills = useSkills()
  const [busy, setBusy] = useState<number | null>(null)
  const known = skillNames(skills.data).map((value) => ({ value }))
  const save = async (person: number, names: string[]) => {
    setBusy(person)
    try {
      await put(`/v1/skills/${person}`, { skills: names }, { key: commandKey() })
    } catch (error) {
      void message.error(sentence(error, lookup, language))
    }
    await client.invalidateQueries({ queryKey: ['skills'] })
    void client.invalidateQueries({ queryKey: ['nearest'] })
    setBusy(null)
  }
  return (
    <Modal open title={t('board.skills')} footer={null} onCancel={onClose}>
      {(people.isPending || skills.isPending) && <Waiting rows={4} />}
      {skills.isError && <Trouble error={skills.error} retry={() => void skills.refetch()} />}
      {people.data && skills.data && (
        <ul className="skills">
          {people.data.filter((p) => p.active && p.role === 'salesperson').map((p) => (
            <li key={p.id}>
              <span id={`skills-${p.id}`}>{p.name}</span>
              <Select mode="tags" aria-labelledby={`skills-${p.id}`} options={known} loading={busy === p.id}
                value={skills.data.find((s) => s.person_id === p.id)?.skills ?? []}
                onChange={(names: string[]) => void save(p.id, names)} placeholder={t('board.skillNone')} />
            </li>
          ))}
        </ul>
      )}
    </Modal>
  )
}
