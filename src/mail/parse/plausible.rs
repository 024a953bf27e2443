//! How strange a decoded text would be as prose of a language: the measure by which guesses are weighed.
//!
//! Mojibake consists of valid but improbable characters. Each character beyond ASCII has a strangeness in tenths, 0
//! for what daily prose is made of; the mean decides. Linear in the length.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Whose prose a text should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prose {
    /// Kana and kanji.
    Japanese,
    /// Either script.
    Chinese,
    /// Hangul.
    Korean,
    /// The Latin alphabet with accents.
    European,
}

/// A character that cannot be.
const IMPOSSIBLE: usize = 300;

/// The mean strangeness of the characters beyond ASCII, in tenths; 0 when there is none.
pub fn strangeness(text: &str, prose: Prose) -> usize {
    let (sum, count) = match prose {
        Prose::European => european(text),
        Prose::Japanese => sum(text, japanese, half_width(text)),
        Prose::Chinese => sum(text, chinese, 80),
        Prose::Korean => sum(text, korean, 80),
    };
    sum.checked_div(count).unwrap_or(0)
}

/// Whether kana stand in it: the sets of China and Korea have them, too.
pub fn has_kana(text: &str) -> bool {
    text.contains(|c| ('\u{3041}'..='\u{30fa}').contains(&c))
}

/// `half_width` is what a half-width kana counts.
fn sum(text: &str, of: fn(char) -> usize, half_width: usize) -> (usize, usize) {
    let foreign = text.chars().filter(|c| !c.is_ascii());
    foreign.fold((0, 0), |(sum, count), c| {
        let strange = match c {
            '\u{ff61}'..='\u{ff9f}' => half_width,
            '\u{fffd}' => IMPOSSIBLE,
            '\u{80}'..='\u{9f}' => 200,
            c => of(c),
        };
        (sum + strange, count + 1)
    })
}

fn japanese(c: char) -> usize {
    match c {
        '〓' | '〖' | '〗' => 60,
        '\u{3000}'..='\u{30ff}' | '\u{ff01}'..='\u{ff60}' | '\u{2010}'..='\u{203b}' => 0,
        '\u{4e00}'..='\u{9fff}' if EVERYDAY.kanji.contains(&c) => 0,
        '\u{2100}'..='\u{266f}' | '\u{3220}'..='\u{33ff}' | '\u{fe0f}' | '\u{1f000}'..='\u{1faff}' => 20,
        '\u{4e00}'..='\u{9fff}' | '\u{e000}'..='\u{f8ff}' | '\u{370}'..='\u{4ff}' => 40,
        '\u{3400}'..='\u{4dff}' | '\u{f900}'..='\u{faff}' | '\u{a0}'..='\u{ff}' => 50,
        _ => 80,
    }
}

/// Half-width kana are prose where voicing marks stand behind what can be voiced and punctuation is rare.
fn half_width(text: &str) -> usize {
    let (mut kana, mut marks, mut points, mut wrong) = (0usize, 0usize, 0usize, 0usize);
    let mut before = ' ';
    for c in text.chars() {
        match c {
            '\u{ff9e}' | '\u{ff9f}' => {
                marks += 1;
                let aspirate = ('\u{ff8a}'..='\u{ff8e}').contains(&before);
                let voiced = aspirate || matches!(before, '\u{ff73}' | '\u{ff76}'..='\u{ff84}');
                wrong += usize::from(!if c == '\u{ff9f}' { aspirate } else { voiced });
            }
            // A bullet, or a row of dots; the very first one is counted, as EUC-JP has it before katakana.
            '\u{ff65}' if matches!(before, '\n' | '\u{ff65}') => {}
            '\u{ff64}' | '\u{ff65}' => points += 1,
            // Small letters and the long mark stand behind others.
            '\u{ff67}'..='\u{ff70}' => wrong += usize::from(!('\u{ff66}'..='\u{ff9f}').contains(&before)),
            '\u{ff66}'..='\u{ff9d}' => kana += 1,
            _ => {}
        }
        before = c;
    }
    if points * 4 > kana + marks || wrong * 4 > marks + 1 {
        return 80;
    }
    match (marks, points) {
        (1.., _) if wrong == 0 => 10,
        (0, 1..) if points * 10 > kana => 30,
        _ => 20,
    }
}

fn chinese(c: char) -> usize {
    match c {
        '\u{3000}'..='\u{3011}' | '\u{ff01}'..='\u{ff60}' | '\u{2010}'..='\u{203b}' => 0,
        '\u{4e00}'..='\u{9fff}' if EVERYDAY.hanzi.contains(&c) => 0,
        '\u{4e00}'..='\u{9fff}' => 40,
        _ => 80,
    }
}

fn korean(c: char) -> usize {
    match c {
        '\u{ac00}'..='\u{d7a3}' if EVERYDAY.hangul.contains(&c) => 0,
        '\u{ac00}'..='\u{d7a3}' => 30,
        '\u{3000}'..='\u{3011}' | '\u{ff01}'..='\u{ff60}' | '\u{2010}'..='\u{203b}' => 0,
        _ => 80,
    }
}

/// An accented letter stands alone or as one of two among ASCII letters; more in a row is another encoding.
fn european(text: &str) -> (usize, usize) {
    let (mut sum, mut count) = (0, 0);
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    let mut run = String::new();
    while let Some(c) = chars.next() {
        if c.is_ascii() {
            before = c;
            continue;
        }
        run.push(c);
        if chars.peek().is_some_and(|next| !next.is_ascii()) {
            continue;
        }
        let letters = before.is_ascii_alphabetic() || chars.peek().is_some_and(char::is_ascii_alphabetic);
        let same_case = run.chars().all(char::is_uppercase) || run.chars().all(char::is_lowercase);
        let long = if run.chars().count() > if same_case { 4 } else { 2 } { 60 } else { 0 };
        for (at, c) in run.chars().enumerate() {
            let shouted = at == 0 && before.is_ascii_lowercase() && c.is_uppercase();
            count += 1;
            sum += accented(c, letters) + long + if shouted { 40 } else { 0 };
        }
        run.clear();
        before = ' ';
    }
    (sum, count)
}

fn accented(c: char, among_letters: bool) -> usize {
    match c {
        '\u{fffd}' => IMPOSSIBLE,
        '\u{80}'..='\u{9f}' => 150,
        'À'..='Ö' | 'Ø'..='ö' | 'ø'..='ž' => {
            if among_letters {
                10
            } else {
                30
            }
        }
        '’' | '‘' | '“' | '”' | '–' | '—' | '…' | '€' | '£' | '°' | '«' | '»' | '¡' | '¿' | '\u{a0}' => {
            20
        }
        _ => 60,
    }
}

struct Everyday {
    kanji: HashSet<char>,
    hanzi: HashSet<char>,
    hangul: HashSet<char>,
}

static EVERYDAY: LazyLock<Everyday> = LazyLock::new(|| Everyday {
    kanji: KANJI.chars().collect(),
    hanzi: HANZI.chars().collect(),
    hangul: HANGUL.chars().collect(),
});

/// What a Japanese child has learnt by the age of twelve, and what names and daily life add.
const KANJI: &str = "\
    一右雨円王音下火花貝学気九休玉金空月犬見五口校左三山子四糸字耳七車手十出女小上森人水正生青夕石赤千川\
    先早草足村大男竹中虫町天田土二日入年白八百文木本名目立力林六引羽雲園遠何科夏家歌画回会海絵外角楽活間\
    丸岩顔汽記帰弓牛魚京強教近兄形計元言原戸古午後語工公広交光考行高黄合谷国黒今才細作算止市矢姉思紙寺自\
    時室社弱首秋週春書少場色食心新親図数西声星晴切雪船線前組走多太体台地池知茶昼長鳥朝直通弟店点電刀冬当\
    東答頭同道読内南肉馬売買麦半番父風分聞米歩母方北毎妹万明鳴毛門夜野友用曜来里理話悪安暗医委意育員院飲\
    運泳駅央横屋温化荷開界階寒感漢館岸起期客究急級宮球去橋業曲局銀区苦具君係軽血決研県庫湖向幸港号根祭皿\
    仕死使始指歯詩次事持式実写者主守取酒受州拾終習集住重宿所暑助昭消商章勝乗植申身神真深進世整昔全相送想\
    息速族他打対待代第題炭短談着注柱丁帳調追定庭笛鉄転都度投豆島湯登等動童農波配倍箱畑発反坂板皮悲美鼻筆\
    氷表秒病品負部服福物平返勉放味命面問役薬由油有遊予羊洋葉陽様落流旅両緑礼列練路和愛案以衣位茨印英栄媛\
    塩岡億加果貨課芽賀改械害街各覚潟完官管関観願岐希季旗器機議求泣給挙漁共協鏡競極熊訓軍郡群径景芸欠結建\
    健験固功好香候康佐差菜最埼材崎昨札刷察参産散残氏司試児治滋辞鹿失借種周祝順初松笑唱焼照城縄臣信井成省\
    清静席積折節説浅戦選然争倉巣束側続卒孫帯隊達単置仲沖兆低底的典伝徒努灯働特徳栃奈梨熱念敗梅博阪飯飛必\
    票標不夫付府阜富副兵別辺変便包法望牧末満未民無約勇要養浴利陸良料量輪類令冷例連老労録圧囲移因永営衛易\
    益液演応往桜可仮価河過快解格確額刊幹慣眼紀基寄規喜技義逆久旧救居許境均禁句型経潔件険検限現減故個護効\
    厚耕航鉱構興講告混査再災妻採際在財罪殺雑酸賛士支史志枝師資飼示似識質舎謝授修述術準序招証象賞条状常情\
    織職制性政勢精製税責績接設絶祖素総造像増則測属率損貸態団断築貯張停提程適統堂銅導得毒独任燃能破犯判版\
    比肥非費備評貧布婦武復複仏粉編弁保墓報豊防貿暴脈務夢迷綿輸余容略留領歴胃異遺域宇映延沿恩我灰拡革閣割\
    株干巻看簡危机揮貴疑吸供胸郷勤筋系敬警劇激穴券絹権憲源厳己呼誤后孝皇紅降鋼刻穀骨困砂座済裁策冊蚕至私\
    姿視詞誌磁射捨尺若樹収宗就衆従縦縮熟純処署諸除承将傷障蒸針仁垂推寸盛聖誠舌宣専泉洗染銭善奏窓創装層操\
    蔵臓存尊退宅担探誕段暖値宙忠著庁頂腸潮賃痛敵展討党糖届難乳認納脳派拝背肺俳班晩否批秘俵腹奮並陛閉片補\
    暮宝訪亡忘棒枚幕密盟模訳郵優預幼欲翌乱卵覧裏律臨朗論々藤郎彦吉之也介佑輔斉斎渡澤浜浦江伊玲那沙彩咲翔\
    蓮悠葵凛杏莉紗斗颯瀬塚沼堀柳杉橘竜龍亀鶴僕俺彼誰頃頑嬉怖寂眠疲泊込違繰替換忙汚掃濯袋匂咳喉飴鍋丼麺寝\
    床枕靴傘帽鞄携了丈御貼越伺戴致宛添殿啓敷幅趣普途歳頼壁迎抜触踏惑誘握描恥恋甘辛噛吐肩腰膝腕髪肌爪涙汗\
    診療症剤錠緊薄濃淡靜突撃抱怒叱驚黙狭柔軟滑凍溶漏濡乾拭磨縫撮影狂奪泥猫鳩鶏豚駐駄訂払即含項稼埋沈浮甲\
    乙双偶又及且巨避煙吹旬頻繁徐既遅遭遇互尽慮悩憶憂鬱悔惜慰励勧抑衝妊娠婆娘嫁婿甥姪叔宴杯舞踊歓玄鍵扉瓶\
    缶箸椀匙塗覇虎狼湿滝霧露芝幌仙旭函\
";

/// The commonest characters of Chinese prose, simplified and traditional.
const HANZI: &str = "\
    的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里\
    用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实\
    日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政\
    美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员\
    解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件\
    计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象\
    完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运谢您请吗呢\
    吧哪谁跟买卖钱饭茶喝吃睡早晚午星号块钟半楼层房步园散邮附收复祝這個們來為國說時會對發後裡種經麼學現當\
    沒動還進樣開從實軍無與長機關點業將兩間問應戰頭體見產話門兒東聲員論處義幾認條氣題爾別變總電數報結務場\
    計區隊決馬書則聽達強難權設記類據邊張該規萬覺術領確傳師觀讓識帶導爭運謝請嗎誰買賣錢飯園郵給怎\
";

/// The commonest syllables of Korean prose.
const HANGUL: &str = "\
    이다는의에가을를은하고도로지한사기서자인리어나시정해스부일그대수라보원전성주아있제과상장구러여비연들\
    게선관조용오만으경중면소두요니것동공개습신당세모방문계위유무안교우치법되회내물화국진양금미산민실호생\
    합업통적식년차체날씨좋책했녕메감드겠맙왔\
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_less_strange_than_mojibake() {
        let check = |prose: &str, mojibake: &str, of: Prose| {
            let (good, bad) = (strangeness(prose, of), strangeness(mojibake, of));
            assert!(good <= 20 && bad >= good + 10, "{prose} {good}, {mojibake} {bad}");
        };
        check("今日は雨でした。", "莉頑律縺ｯ髮ｨ縺ｧ縺励◆", Prose::Japanese);
        check("はい", "､ﾏ､､", Prose::Japanese);
        check("ｱﾘｶﾞﾄｳ", "駅衿蝶", Prose::Japanese);
        check("･ｷｮｳﾊ ﾔｽﾐ\n･ｱｼﾀﾊ ﾋﾞｮｳｲﾝ\n･････", "駅衿蝶", Prose::Japanese);
        check("très beau", "‚±‚ñ‚É‚¿‚Í", Prose::European);
        check("今天天气很好", "崱揤揤婥宖岲", Prose::Chinese);
        check("안녕하세요", "決括馬室推", Prose::Korean);
        assert_eq!(strangeness("hello", Prose::Japanese), 0);
    }
}
