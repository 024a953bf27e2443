//! What a supporter writes in English when she speaks to the office.

use std::sync::LazyLock;

use super::{Table, sentences};

/// Characters between two parts of a row.
const REACH: usize = 40;

/// Said to the office, whatever else the sentence says.
static TO_THE_OFFICE: LazyLock<Table> = LazyLock::new(|| {
    Table::new(&[
        " dear office | dear team | dear coordinator| dear all | dear organis| dear sir| dear madam| hello office | hello team | hi team | hi all | hi office ",
        "^ to the office |^ and to the office |^ for the office |^ office | to whom it may | for the coordinator| to the coordinator|^ to the team |^ ps to the office | message for the office ",
        " somebody else | someone else | anybody else | anyone else … take | answer | write | reply | cover | do it | step in | handle | look after ",
        " find someone | find somebody | find another | to someone else | to somebody else | by someone else | somebody more | someone more | another supporter ",
        " can someone | can somebody | could someone | could somebody | can anyone | could anyone | can anybody | could anybody | would someone … take | cover | step in | answer | reply | swap | write | help me | have a look ",
        " cover for me | please cover | someone cover | somebody cover | step in for me | swap shifts | swap my shift | take my shift | take over | hand over | stand in for me ",
        " my payment | payment for | my fee | bank details | my invoice | my expenses | bank account ",
        " my hours … change | my email … change | my address … change | my e mail … change | my phone number … change ",
        " fewer people | fewer clients | register the new | please register | unsubscribe | log in | my account | my contract ",
        " to {n} | about {n} | for {n} | with {n} | answer {n} | {n} writes | {n} wrote | {n} is | {n} has | {n} says | {n} said | {n} sounds | {n} seems | {n} would | {n} should | {n} needs ",
        " {n}'s mail| {n}'s letter| {n}'s report| {n}'s message| give {n} | tell {n} | looking after {n} | look after {n} | support {n} | supporting {n} | {n} that i ",
        " could you call me | can you call me | please call me | could you check | can you check | please check | please advise | please let me know how | get back to me ",
        " how should i | what should i | what do i do | how do i | what am i to | may be urgent | is urgent | this is urgent | an emergency | at risk ",
        "^ {n} asked | {n} asked whether | {n} asked if | {n} wants | {n} wanted | {n} doesn't | {n} didn't | {n} hasn't | {n} isn't | {n} keeps | {n} sent | {n} told | {n} might | {n} may ",
        " has {n} | did {n} | does {n} | is {n} | when {n} | whether {n} | if {n} | what {n} | that {n} ",
        " supposed to say | do i say | do i answer | should i say | should i answer | do i reply | should i reply | do i respond ",
        " pass it to | pass this to | pass it on to | beyond me | a professional | keep an eye on | another supporter | different supporter | excuse me from ",
        " my password | the right address | last month's fee | about the fee | my fee | replying to the right ",
        " leaving the programme | leave the programme | leaving the program | leave the program | leave the project ",
        " who gets this | who reads this | how this works | how it works | does this arrive | did this arrive | this is a test |^ test |^ testing | is this the same person ",
        " make the deadline | miss the deadline | missed the deadline | move the deadline | extend the deadline | past the deadline | can i have until | could i have until | have more time | an extension | moved to tomorrow | a bit longer to ",
        " i quit | i resign | i want to stop | i'd like to stop | i would like to stop | have to stop … support| writing| doing this| this ",
        " i quit $| i quit it was | from supporting | stop supporting | stop volunteering | as a supporter | as a volunteer | step back | step down ",
    ])
});

/// Said to the office, unless the sentence speaks to the client ([`TO_HER`]).
static OF_HERSELF: LazyLock<Table> = LazyLock::new(|| {
    Table::new(&[
        " i can't | i cannot | i can not | i couldn't | won't be able to | i won't manage | unable to | not able to | will not be able to | won't get … write today| write tonight| write this| write it| write now| write at the| write $| write please| write an",
        " i can't | i cannot | i can not | won't be able to | won't manage | unable to | not able to | will not be able to | won't get | am not going to … answer | reply | respond | do this | take this | do it | make it | get to ",
        " can't today | can't tonight | cannot today | can't this week | can't write for | can't do today | couldn't write today| not manage today | might not manage | not manage tonight ",
        " sorry … pass $",
        "^ pass $| can't think straight | too tired to | no time for this | no time tonight | no time today | still in time | too late to answer | fell asleep ",
        " need a few days | need a day off | few days off | tested positive | days off please | feeling rough | bad headache ",
        " a death in the family | bereavement | funeral | migraine … can't | won't | off | sorry | please | excuse | need | $",
        " replies … late | delayed | slow ",
        "^ can't write |^ cannot write |^ can't answer |^ can't reply |^ can't do |^ unable |^ won't manage | can't write please | and can't write | so can't write ",
        " i'm ill | i am ill | i'm sick | i am sick | i'm not well | i am not well | not feeling well | i'm unwell | i am unwell | i feel ill | off sick | calling in sick today ",
        " come down with | got a fever | have a fever | got the flu | have the flu | in bed with | with the flu | got covid | have covid | i'm in hospital | at the hospital right | at the hospital now ",
        " my boy | my girl | my son | my daughter | my child | my kids | my mother | my father | my husband | my wife … temperature so| fever so| ill so| sick so| hospital so",
        " no idea what to | don't know what to write | don't know what to answer | don't know how to answer | don't know how to reply | words won't come | nothing comes to mind | what to write back ",
        " too much for me | out of my depth | over my head | can't handle | not the right person | not cut out ",
        " need a break | need some time off | need time off | take a break from | take some time off | a break from support| pause for a while ",
        " i won't make | won't manage it | run out of time | no time to write | no time to answer | no time to reply | i'm travelling next | i'll be away | i am away | i'm away | i will be away | on holiday from ",
        " not able to answer | not able to reply | not able to write ",
    ])
});

/// A sentence to the client, or about days that are over.
static TO_HER: LazyLock<Table> = LazyLock::new(|| {
    Table::new(&[
        " you | your | you're | you've | yours | yourself | either | always | such days | used to | wait to | yesterday | last week | last night | last time | years | believe | imagine | late reply | stop smiling ",
    ])
});

/// Somebody is spoken to, as one speaks to a person whom one knows.
static TO_A_PERSON: LazyLock<Table> = LazyLock::new(|| {
    Table::new(&[
        " you | your | you're | you've | you'll | you'd | yours | yourself | well done | well walked | congratulations |^ {n} | hi {n} | dear {n} | hello {n} | morning {n} | evening {n} |^ let's | let's | lovely | wonderful | brilliant | we both | either | always | as well | me too | such days | i know that feeling | i'm listening | proud | glad | hug ",
    ])
});
/// What she speaks of who has something to arrange.
static TO_ARRANGE: LazyLock<Table> = LazyLock::new(|| {
    Table::new(&[
        " i … answer| letter | reply | write | typing | type | due | paid | pay | advice | time off | allowed | leave me | sent | deadline | mail ",
        " i'm | i'll | i'd | i've | my | me … answer| letter | reply | write | typing | type | due | paid | pay | advice | time off | allowed | leave me | sent | deadline | mail ",
        // What she did on a day of hers is no arrangement.
        " i'm | i'll | i'd | i've | i can | i can't | i cannot | i could | i couldn't | i need | i want | i am | i have | i would | i will | i won't … today | tonight | tomorrow | week | days ",
        " i might | i may | i must | i don't | i do | i shall | i should | i think | i hope i | i hope to | i get | i got | me … today | tonight | tomorrow | week | days ",
        " my … today | tonight | tomorrow | days ",
        " when was it due | is it due | when is it due | how long do i have ",
    ])
});

/// Whether nobody is spoken to in a folded text, and something is arranged.
pub(super) fn arranges(folded: &str, client: &str) -> bool {
    let names = [spaced(client)];
    let text = format!("^ {} $", spaced(&super::without_quoted(folded))).replace(" thank you ", " ");
    let found = |table: &Table| table.holds(&text, &names, REACH);
    found(&TO_ARRANGE) && !found(&TO_A_PERSON)
}

/// Whether something in a folded text is said to the office. `client`: the folded name of whom it answers.
pub(super) fn for_office(folded: &str, client: &str) -> bool {
    let names = [spaced(client)];
    sentences(folded, " ", &['.', '!', '?', ';', ':']).iter().any(|sentence| {
        let sentence = format!("^ {} $", spaced(sentence));
        let found = |table: &Table| table.holds(&sentence, &names, REACH);
        found(&TO_THE_OFFICE) || (found(&OF_HERSELF) && !found(&TO_HER))
    })
}

/// Words alone, with one space between two.
fn spaced(text: &str) -> String {
    let word = |c: char| {
        if c.is_alphanumeric() || c == '\'' {
            c
        } else if c == '’' {
            '\''
        } else {
            ' '
        }
    };
    text.chars().map(word).collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}
