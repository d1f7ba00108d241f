import type { CDPSession } from '@playwright/test'
import type { Person } from '../support/person.ts'
import { empty, paragraph } from '../support/blocks.ts'
import { PAIRS, expect, nameOfPair, test } from '../support/story.ts'

/** An input method that composes words before it commits them, as for Japanese. */
class InputMethod {
  readonly #session: CDPSession

  private constructor(session: CDPSession) {
    this.#session = session
  }

  static async of(person: Person): Promise<InputMethod> {
    return new InputMethod(await person.context.newCDPSession(person.page))
  }

  async compose(...steps: readonly string[]): Promise<void> {
    for (const text of steps)
      await this.#session.send('Input.imeSetComposition', {
        text,
        selectionStart: text.length,
        selectionEnd: text.length,
      })
  }

  async commit(text: string): Promise<void> {
    await this.#session.send('Input.insertText', { text })
  }
}

for (const pair of PAIRS)
  test(`US-33 words are composed by an input method while the other types in the same paragraph ${nameOfPair(pair)}`, async ({
    stage,
  }) => {
    const { ada, ben, converge } = await stage.pair(pair, 'Composing', [paragraph('[] and [] end'), empty])
    const method = await InputMethod.of(ada)

    await test.step('the other types behind it, and in another paragraph', async () => {
      await ada.goAfter('and [')
      await ben.goAfter('end')
      await method.compose('s', 'す', 'すs', 'すし')
      await ben.page.keyboard.type(' first', { delay: 10 })
      await ben.goToEnd()
      await method.compose('寿司')
      await ben.page.keyboard.type('below')
      await method.commit('寿司')
      await converge()
      await ben.sees('[] and [寿司] end first\nbelow')
    })

    await test.step('the other types before it: nothing is doubled, and nothing lost', async () => {
      await ada.goAfter('寿司')
      await ben.goAfter('[')
      await method.compose('s', 'し')
      await ben.page.keyboard.type('before', { delay: 10 })
      await ben.sees('[before] and [寿司し] end first\nbelow')
      await method.compose('しt', 'した')
      await method.commit('した')
      await converge()
      await ben.sees('[before] and [寿司した] end first\nbelow')
    })

    await test.step('words are composed one right after the other while the other goes on typing before them', async () => {
      await ada.goAfter('した')
      await ben.goAfter('[before')
      const typing = ben.page.keyboard.type(' and again', { delay: 60 })
      for (const syllable of ['하', '나', '다', '라']) {
        await method.compose('ㅎ', syllable)
        await method.commit(syllable)
      }
      await typing
      await converge()
      await ben.sees('[before and again] and [寿司した하나다라] end first\nbelow')
    })

    await test.step('who composes and thinks about it does not miss what others write', async () => {
      await ada.goAfter('라')
      await ben.goToEnd()
      await method.compose('s', 'す')
      await ben.page.keyboard.type(' it')
      await expect(ada.editor).toContainText('below it')
      await method.commit('す')
      await converge()
      await ben.sees('[before and again] and [寿司した하나다라す] end first\nbelow it')
    })

    await test.step('both compose at once', async () => {
      const other = await InputMethod.of(ben)
      await ada.goAfter('라す')
      await ben.goAfter('end')
      await Promise.all([method.compose('k', 'か', 'かn', 'かんじ'), other.compose('ㅎ', '하', '한')])
      await Promise.all([method.commit('漢字'), other.commit('한글')])
      await converge()
      await ben.sees('[before and again] and [寿司した하나다라す漢字] end한글 first\nbelow it')
    })

    await test.step('a composition that is given up leaves nothing', async () => {
      await ada.goAfter('漢字')
      await method.compose('x', 'xy')
      await ben.typeAfter('한글', '!')
      await method.compose('')
      await converge()
      await ben.sees('[before and again] and [寿司した하나다라す漢字] end한글! first\nbelow it')
    })
  })

for (const pair of PAIRS)
  test(`US-34 text from right to left stands on its side beside text from left to right ${nameOfPair(pair)}`, async ({
    stage,
  }) => {
    const { ada, ben, converge } = await stage.pair(pair, 'Right to left', [empty, { type: 'horizontal_rule' }, empty])
    await ada.goToStart()
    await ben.goToEnd()
    await Promise.all([
      ada.page.keyboard.type('שלום עולם', { delay: 10 }),
      ben.page.keyboard.type('Hello مرحبا', { delay: 10 }),
    ])
    await converge()
    const sides = (): Promise<string[]> =>
      ben.editor.locator('> p').evaluateAll((blocks) => blocks.map((block) => getComputedStyle(block).direction))
    expect(await sides()).toEqual(['rtl', 'ltr'])
    // In the middle of the Hebrew words, by both.
    await ben.goAfter('שלום')
    await Promise.all([
      ben.page.keyboard.type(' לכל', { delay: 10 }),
      ada
        .goToStart()
        .then(() => ada.press('ControlOrMeta+b'))
        .then(() => ada.page.keyboard.type('הי ')),
    ])
    await converge()
    await ben.sees(/^הי שלום לכל עולם\n/)
    expect(await sides()).toEqual(['rtl', 'ltr'])
  })
