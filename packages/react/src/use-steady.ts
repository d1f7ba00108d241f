import { sameOptions } from '@sheaf/client-sdk/editor'
import { useState } from 'react'

/** The former object for as long as what is in it stays the same: written in the component, it is a new one at each render. */
export function useSteady<Value>(value: Value): Value {
  const [steady, setSteady] = useState(value)
  if (sameOptions(steady, value)) return steady
  setSteady(value)
  return value
}
