/** Words about what the phone keeps, and what is not on it. */
const zh = {
  'phone.alone': '没有网络',
  'phone.aloneHint': '这部分没有存在手机上，联网后可看。',
  'phone.broken': '这个页面出错了',
  'phone.brokenHint': '其他页面不受影响，未发出的记录仍在手机上。',
  'phone.notHere': '这部手机上还没有这个页面',
  'phone.notHereHint': '联网后会自动打开。未发出的记录不受影响。',
  'phone.revoked': '这部手机已被管理员或本人在别处退出，保存在手机上的数据已清除。',
}

const en: Record<keyof typeof zh, string> = {
  'phone.alone': 'No network',
  'phone.aloneHint': 'This is not kept on the phone. It shows when there is a network.',
  'phone.broken': 'This screen broke',
  'phone.brokenHint': 'The others go on; what was not sent yet is still on the phone.',
  'phone.notHere': 'This screen is not on the phone yet',
  'phone.notHereHint': 'It opens by itself when there is a network. What was not sent yet stays.',
  'phone.revoked': 'This phone was signed out by the company, or by you on another device. What it kept was deleted.',
}

export const phone = { zh, en }
