"""The text of the measure, word for word, and what decides each article.

The consultation draft published by the bureau on 2023-09-11, edition `2023-draft`. Nothing in it is edited,
not even its brackets; a test holds its digest.
"""

from __future__ import annotations

from dataclasses import dataclass

from greenmfg.rulebook.terms import cite


@dataclass(frozen=True)
class Article:
    """One article.

    chapter     the chapter's title without its number
    paragraphs  the text without 第…条: first the sentence, then its numbered items
    functions   the names in `greenmfg.rulebook` that decide it, in the order of the text
    not_code    why it, or a part of it, is not code; Chinese, for the page
    """

    number: int
    chapter: str
    paragraphs: tuple[str, ...]
    functions: tuple[str, ...] = ()
    not_code: str = ""

    @property
    def title(self) -> str:
        """第八条."""
        return cite(self.number)

    @property
    def anchor(self) -> str:
        """Its anchor on the page of the measure: art-8."""
        return f"art-{self.number}"

    @property
    def lead(self) -> str:
        """The article's sentence, without the items."""
        return self.paragraphs[0]

    @property
    def items(self) -> tuple[str, ...]:
        """Its numbered items, each with its number as printed."""
        return self.paragraphs[1:]


ARTICLES: tuple[Article, ...] = (
    Article(
        number=1,
        chapter="总则",
        paragraphs=(
            (
                "为深入贯彻绿色发展理念、推行绿色生产方式，按照国家绿色制造有关要求，"
                "落实《北京市“十四五”时期高精尖产业发展规划》《北京市“十四五”时期制造业绿色低碳发展行动方案》，"
                "进一步完善本市绿色制造体系建设，引导和支持本市工业企业绿色低碳发展，培育绿色制造先进示范，"
                "并持续加强动态跟踪管理，制定本办法。"
            ),
        ),
        not_code="不写成代码：本条说明目的和依据，没有可由系统判定的内容",
    ),
    Article(
        number=2,
        chapter="总则",
        paragraphs=(
            (
                "本办法所称绿色制造单位是指通过本市推荐并纳入绿色工厂、绿色供应链管理企业、"
                "绿色工业园区名单管理的有关单位。"
            ),
        ),
        functions=("is_green_unit",),
    ),
    Article(
        number=3,
        chapter="总则",
        paragraphs=(
            (
                "北京市经济和信息化局（以下简称市经济和信息化局）负责本市绿色制造单位的管理服务工作。"
                "各区工业主管部门负责本区域绿色制造单位的管理服务工作。"
                "第三方评价机构协助政府部门做好管理工作，切实履行跟踪评价职能。"
            ),
        ),
        not_code="不写成代码：本条划分职责，落实为本系统的角色和各自可见、可办的范围",
    ),
    Article(
        number=4,
        chapter="培育创建",
        paragraphs=(
            (
                "建立绿色制造名单培育库。通过绿色诊断挖掘绿色工厂、绿色工业园区等潜力单位，"
                "符合条件的纳入培育库管理，并作为国家级绿色制造申报推荐的主要来源。"
            ),
        ),
        functions=("nomination_source",),
    ),
    Article(
        number=5,
        chapter="培育创建",
        paragraphs=(
            (
                "申报绿色工厂、"
                "绿色工业园区的单位可通过自荐或区级工业主管部门推荐等方式积极申请纳入绿色制造培育库，"
                "并提交本年度或上一年度绿色诊断评估报告。"
                "申报绿色供应链管理企业应对照国家相关评价要求开展评价，报送评价材料，"
                "并获得区级工业主管部门推荐。"
            ),
        ),
        functions=("missing_documents", "register_doubts", "may_self_nominate", "missing_recommendation"),
    ),
    Article(
        number=6,
        chapter="培育创建",
        paragraphs=(
            (
                "市经济和信息化局定期开展绿色制造培育单位征集入库工作，对申请入库单位进行审核，"
                "符合条件的经公示无异议后纳入培育库管理，并适时择优推荐申报国家级绿色制造名单。"
            ),
        ),
        functions=(
            "call_open",
            "call_takes",
            "quota_left",
            "asked_materials",
            "told_at_once",
            "objection_window",
            "pool_admission",
        ),
    ),
    Article(
        number=7,
        chapter="分级评价",
        paragraphs=(
            (
                "建立绿色工厂分级评价机制。根据分级评价指标及评分标准，对已入围国家级绿色工厂开展分级评价。"
                "根据企业绿色发展水平，评价级别由低至高分别为：绿色工厂达标企业、优质企业、标杆企业、"
                "领军企业。"
            ),
            (
                "（一）绿色工厂达标企业，应符合绿色工厂评价要求，且得分不足 60 分。该类企业应进行绿色诊断，"
                "针对性实施绿色化改造提升，并结合国家有关要求，适时开展绿色工厂复审评价。"
            ),
            (
                "（二）绿色工厂优质企业，应符合绿色工厂评价要求，且得分在 60（含）-80 分之间。"
                "该类企业应对标先进，适时开展绿色诊断，进一步挖掘绿色提升空间。"
            ),
            (
                "（三）绿色工厂标杆企业，应符合绿色工厂评价要求，且得分在 80（含）-90 分之间。"
                "该类企业应积极应用先进适用绿色低碳技术，持续保持绿色发展水平，力争进一步提升。"
            ),
            (
                "（四）绿色工厂领军企业，应符合绿色工厂评价要求，且得分在 90 分（含）以上。"
                "该类企业应在绿色化、智能化、数字化等方面保持领先水平，争做全国先进示范。"
            ),
        ),
        functions=("may_be_graded", "grade", "next_band"),
    ),
    Article(
        number=8,
        chapter="分级评价",
        paragraphs=(
            (
                "申请纳入绿色工厂培育库管理企业参照分级评价标准进行综合评价。"
                "原则上入库企业分级评价得分应达到 60 分。"
            ),
        ),
        functions=("line", "total", "checked_score", "pool_score", "third_party_conclusion"),
    ),
    Article(
        number=9,
        chapter="动态管理",
        paragraphs=(
            (
                "加强对已有绿色制造单位的动态管理。"
                "按照国家相关要求开展绿色制造单位绿色发展情况动态管理工作。"
                "各绿色制造单位应积极参与并配合动态管理工作。"
            ),
        ),
        functions=("owes_annual_data",),
    ),
    Article(
        number=10,
        chapter="动态管理",
        paragraphs=(
            (
                "按照国家相关要求开展绿色制造单位复审。复审评价合格并经公示无异议的，"
                "保留其绿色制造单位资格。有下列情况之一的，"
                "市经济和信息化局将报请工业和信息化部撤销其绿色制造单位资格："
            ),
            "(一) 未按规定参加复审的；",
            "(二) 复审评价结果不合格的；",
            "(三) 所在单位被依法终止的；",
            "(四) 提供虚假复审材料和数据的；",
            "(五) 所在单位自行要求撤销其绿色制造单位的；",
            "(六) 所在单位发生重大安全、环境、质量等事故，被列入失信黑名单的；",
            "(七) 其他体现绿色发展水平不符合绿色制造单位要求的情况。",
        ),
        functions=("standing_kept", "revocation"),
    ),
    Article(
        number=11,
        chapter="动态管理",
        paragraphs=(
            (
                "绿色工厂企业发生更名情况，"
                "应在办理相关手续后 30 日内通过相关区工业主管部门向市经济和信息化局申请名称变更。"
                "若发生重组、主营业务变更、厂区迁址等重大调整的，"
                "应在办理相关手续后 30 日内通过相关区工业主管部门向市经济和信息化局申请复审。"
            ),
        ),
        functions=("report_due", "lateness", "change_cited_as"),
    ),
    Article(
        number=12,
        chapter="动态管理",
        paragraphs=(
            (
                "因复审不通过被撤销绿色制造单位称号的，三年内不得重新申报绿色制造单位。因发生重组、"
                "主营业务变更、厂区迁址等重大调整被撤销绿色制造单位称号的，可重新申报绿色制造单位。"
            ),
        ),
        functions=("bar_until", "may_apply_again", "clock_says"),
    ),
    Article(
        number=13,
        chapter="动态管理",
        paragraphs=(
            (
                "各区工业主管部门应及时关注辖区内绿色制造单位生产经营情况，组织企业积极参与绿色诊断，"
                "鼓励指导企业持续推进绿色发展，督促企业不断强化环保、安全、质量等方面工作。"
                "发现绿色制造单位出现经营异常、严重失信记录、名称变更、法人主体变更、"
                "主营业务变动较大等情形，及时向市经济和信息化局报告。"
            ),
        ),
        functions=("district_report",),
    ),
    Article(
        number=14,
        chapter="动态管理",
        paragraphs=("市经济和信息化局结合动态管理、分级评价及复审评价情况，定期更新发布绿色制造单位名单。",),
        functions=("is_listed",),
    ),
    Article(
        number=15,
        chapter="支持政策",
        paragraphs=(
            (
                "按照国家和本市有关规定，绿色制造单位可在项目申报、人才激励、"
                "绿色金融等方面优先享受相应政策支持。鼓励绿色制造单位持续推进绿色发展，开展智能化、绿色化、"
                "数字化改造提升。市经济和信息化局可根据年度高精尖产业发展资金安排，"
                "将绿色制造单位纳入高精尖资金优先支持对象给予支持。"
                "各区可根据自身实际对绿色制造单位给予政策支持。"
            ),
        ),
        functions=("support_eligible",),
    ),
    Article(
        number=16,
        chapter="附则",
        paragraphs=("本办法自发布之日起施行，由市经济和信息化局负责解释。国家另有规定的，从其规定。",),
        functions=("edition_on", "edition_of_period", "edition_called", "national_bar"),
        not_code="解释权不写成代码：由市经济和信息化局行使；施行日期和国家规定优先落实为规则版本",
    ),
)


def article(number: int) -> Article:
    """Article 1–16. Raises LookupError for any other number."""
    if not 1 <= number <= len(ARTICLES):
        raise LookupError(f"the measure has no article {number}")
    return ARTICLES[number - 1]
