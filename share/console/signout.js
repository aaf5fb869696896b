// Before a user signs out: is there anything that would be lost?

import { ask, quiet } from './dom.js'
import { draftKeys } from './drafts.js'
import { queued } from './outbox.js'
import { t } from './text.js'

/** Asks if something was typed and not sent. Returns whether to stay. */
export async function hasDrafts() {
  if (!queued().length && !draftKeys().length) return false
  return !await ask(t('unsentTitle'), quiet(t('unsentText')), { yes: t('signOutAnyway'), no: t('stay'), danger: true })
}
