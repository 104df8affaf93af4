import { useEffect, useState } from 'react'
import { App as AntApp, ConfigProvider, Spin } from 'antd'
import en from 'antd/locale/en_US'
import zh from 'antd/locale/zh_CN'
import dayjs from 'dayjs'
import 'dayjs/locale/zh-cn'
import { QueryClientProvider } from '@tanstack/react-query'
import { antdConfig } from '../theme/antd'
import { useTheme } from '../theme/theme'
import { useSpeech } from '../i18n/language'
import { Gate } from '../session/session'
import { newQueryClient } from '../session/client'
import { SignIn } from './SignIn'
import { Frame } from './frame/Frame'
import { Trouble } from './states'

/** The desktop: theme, words and cache round everything, then the gate. */
export function App() {
  const { theme } = useTheme()
  const { language } = useSpeech()
  const [client] = useState(newQueryClient)
  useEffect(() => {
    dayjs.locale(language === 'zh' ? 'zh-cn' : 'en')
  }, [language])
  return (
    <ConfigProvider
      theme={antdConfig(theme)}
      locale={language === 'zh' ? zh : en}
      button={{ autoInsertSpace: false }}
    >
      <AntApp className="ant-host" message={{ maxCount: 2 }}>
        <QueryClientProvider client={client}>
          <Gate
            signIn={<SignIn />}
            waiting={<div className="centre"><Spin /></div>}
            failed={(error, retry) => (
              <div className="centre"><Trouble error={error} retry={retry} /></div>
            )}
          >
            <Frame />
          </Gate>
        </QueryClientProvider>
      </AntApp>
    </ConfigProvider>
  )
}
