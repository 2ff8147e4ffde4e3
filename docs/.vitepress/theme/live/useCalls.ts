/** One session of the live page, and what of it is shown. */
import { reactive, ref } from "vue"
import { type Choice, scenarios } from "./scenarios.js"
import { type Exchange, type Report, type State, start } from "./session.js"

export const useCalls = (first?: Choice) => {
  const choice = ref<Choice>(first ?? scenarios[0]?.choice ?? ({} as Choice))
  const exchanges = reactive<Array<Exchange>>([])
  const report = ref<Report>()
  const state = ref<State>()
  const busy = ref(false)
  const session = start((exchange) => {
    exchanges[exchange.number - 1] = exchange
  })
  const look = async () => {
    state.value = await session.look()
  }
  const call = async (given: Choice = choice.value) => {
    choice.value = { ...given }
    busy.value = true
    exchanges.splice(0)
    report.value = undefined
    try {
      report.value = await session.call(choice.value)
      await look()
    } finally {
      busy.value = false
    }
  }
  return { busy, call, choice, exchanges, look, report, state, stop: session.dispose }
}
