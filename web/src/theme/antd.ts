import { theme as antdTheme, type ThemeConfig } from 'antd'

/** The one antd theme, in both brightnesses; values mirror tokens.css. */
export function antdConfig(theme: 'light' | 'dark'): ThemeConfig {
  const dark = theme === 'dark'
  return {
    algorithm: dark ? antdTheme.darkAlgorithm : antdTheme.defaultAlgorithm,
    token: {
      colorPrimary: dark ? '#2bb3a6' : '#0f766e',
      colorPrimaryBg: dark ? '#12312f' : '#e3f2f0',
      colorPrimaryBgHover: dark ? '#1a4340' : '#cfe8e5',
      colorLink: dark ? '#5fd0c5' : '#0f766e',
      colorError: dark ? '#ff8f85' : '#b42318',
      colorWarning: dark ? '#f0b454' : '#b26a00',
      colorSuccess: dark ? '#2bb3a6' : '#0f766e',
      colorText: dark ? '#e7eaec' : '#1b2229',
      colorTextSecondary: dark ? '#a9b3bb' : '#55606b',
      colorTextTertiary: dark ? '#8d98a1' : '#6b7580',
      colorTextPlaceholder: dark ? '#8d98a1' : '#6b7580',
      colorTextDescription: dark ? '#a9b3bb' : '#55606b',
      colorBgBase: dark ? '#171b1f' : '#ffffff',
      colorBgContainer: dark ? '#171b1f' : '#ffffff',
      colorBgElevated: dark ? '#1d2226' : '#ffffff',
      colorBorder: dark ? '#3b444c' : '#cfd3d8',
      colorBorderSecondary: dark ? '#2a3137' : '#e3e5e8',
      borderRadius: 6,
      fontFamily: 'var(--font)',
      fontSize: 14,
      controlHeight: 34,
      motionDurationFast: '0.08s',
      motionDurationMid: '0.12s',
      motionDurationSlow: '0.18s',
      boxShadow: 'none',
    },
    components: {
      Button: {
        // White on the light teal of the dark theme would not read.
        primaryColor: dark ? '#06201d' : '#ffffff', primaryShadow: 'none', defaultShadow: 'none', dangerShadow: 'none',
      },
      Table: { headerBg: 'transparent', cellPaddingBlock: 9, cellPaddingInline: 10 },
      Segmented: {
        trackPadding: 3,
        ...(dark ? { trackBg: '#252b30', itemSelectedBg: '#12312f', itemHoverBg: '#2d343a' } : {}),
      },
    },
  }
}
