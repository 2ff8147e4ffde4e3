import type { Theme } from "vitepress"
import DefaultTheme from "vitepress/theme"
import { defineAsyncComponent } from "vue"
import Mermaid from "./Mermaid.vue"
import "./style.css"

const theme: Theme = {
  extends: DefaultTheme,
  enhanceApp: ({ app }) => {
    app.component("Mermaid", Mermaid)
    app.component(
      "LiveCall",
      defineAsyncComponent(() => import("./live/LiveCall.vue")),
    )
    app.component(
      "LiveDemo",
      defineAsyncComponent(() => import("./live/LiveDemo.vue")),
    )
  },
}

export default theme
