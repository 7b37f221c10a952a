"""The back stage: master data and accounts, for the administrators of accounts and of roles.

Three administrators of a system under graded protection are three people: the one who keeps accounts and
settings (ADMIN) grants no role, the one who grants roles (SECURITY) keeps no accounts, and the auditor only reads
the log. Who comes in is decided by the role alone; superusers are not used. Every change made here is an Event.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode

from greenmfg import clock
from registry import names
from registry.casework import record
from registry.models import (
    Chained,
    District,
    EvaluatorAgency,
    Ledger,
    LegalEntity,
    Unit,
    User,
)
from registry.roles import ADMIN, AUDITOR, SECURITY, Role


def _enters(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.plays(ADMIN, SECURITY)


def _sign_in(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    """The portal's own sign-in, with its second factor and limits; who is signed in has no right to be here."""
    if request.user.is_authenticated:
        raise PermissionDenied("系统管理由系统管理员和安全管理员使用")
    return redirect(f"/accounts/login/?{urlencode({'next': request.get_full_path()})}")


def _own_password(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    return redirect("account_change_password")


# The stock site keeps its address and its autodiscovery; only who may enter, and where one signs in, are ours.
admin.site.has_permission = _enters  # type: ignore[method-assign]
admin.site.login = _sign_in  # type: ignore[method-assign]
admin.site.password_change = _own_password  # type: ignore[method-assign,assignment]
admin.site.site_header = admin.site.site_title = "系统管理"
admin.site.index_title = "基础数据与账号"
admin.site.site_url = "/desk/"


class Recorded(admin.ModelAdmin):  # type: ignore[type-arg]
    """A table that one role keeps. Changes become events; stock admin's own history is not written."""

    keepers: ClassVar[tuple[Role, ...]] = (ADMIN,)
    may_delete: ClassVar[bool] = False
    actions = None

    def _keeps(self, request: HttpRequest) -> bool:
        return isinstance(request.user, User) and request.user.plays(*self.keepers)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._keeps(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._keeps(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._keeps(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._keeps(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_delete and self._keeps(request)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        before = _texts(type(obj)._default_manager.filter(pk=obj.pk).first()) if change else {}
        obj.save()
        after = _texts(obj)
        changed = {name: [before.get(name), after[name]] for name in after if before.get(name) != after[name]}
        self.write(request, obj, f"{'修改' if change else '新增'}{obj._meta.verbose_name}", changed)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        gone = {name: [text, None] for name, text in _texts(obj).items()}
        self.write(request, obj, f"删除{obj._meta.verbose_name}", gone)
        obj.delete()

    def write(self, request: HttpRequest, obj: Any, what: str, changed: dict[str, list[Any]]) -> None:
        """The event: in the stream of what has one, else in the ledger of its table."""
        if not changed:
            return
        by = request.user
        assert isinstance(by, User)
        holder: Chained = obj if isinstance(obj, Chained) else Ledger(name=obj._meta.model_name)
        record(
            holder, what, by=by, at=clock.now(), changes={}, item=str(obj), key=str(obj.pk), fields=changed
        )

    def log_addition(self, *args: Any, **kwargs: Any) -> None: ...  # type: ignore[override]

    def log_change(self, *args: Any, **kwargs: Any) -> None: ...  # type: ignore[override]

    def log_deletions(self, *args: Any, **kwargs: Any) -> None: ...  # type: ignore[override]


# Never in an event: secrets, and what moves by itself.
UNTOLD = {"password", "last_login", "head_seq", "head_hash"}


def _texts(obj: models.Model | None) -> dict[str, str | None]:
    """The fields of a row as plain text."""
    if obj is None:
        return {}
    return {
        f.name: None if f.value_from_object(obj) is None else f.value_to_string(obj)
        for f in obj._meta.concrete_fields
        if f.name not in UNTOLD
    }


@admin.register(District)
class DistrictAdmin(Recorded):
    """区: names and contacts. The 17 bodies are fixed."""

    list_display = ("short", "code", "name", "office", "phone")
    search_fields = ("name", "office", "phone")
    ordering = ("order",)
    fields = ("name", "short", "office", "phone", "order")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


def _whole_code(text: str | None) -> str:
    """A 统一社会信用代码 as it is kept, empty for none. Raises ValidationError for what no evidence makes one."""
    code = names.clean_code(text or "")
    if code and not (len(code) == 18 and code.isascii() and code.isalnum()):
        raise forms.ValidationError(names.code_problem(code))
    return code


class AgencyForm(forms.ModelForm):  # type: ignore[type-arg]
    """第三方评价机构: its code passes the check, for agencies are few and their papers are at hand."""

    class Meta:
        model = EvaluatorAgency
        fields = ("name", "credit_code", "legal_representative")

    def clean_credit_code(self) -> str:
        code = _whole_code(self.cleaned_data["credit_code"])
        if problem := names.code_problem(code) if code else "":
            raise forms.ValidationError(problem)
        return code


@admin.register(EvaluatorAgency)
class AgencyAdmin(Recorded):
    """第三方评价机构."""

    form = AgencyForm
    list_display = ("name", "credit_code", "legal_representative")
    search_fields = ("name", "credit_code", "legal_representative")
    ordering = ("name",)


class EntityForm(forms.ModelForm):  # type: ignore[type-arg]
    """法人主体: a code that fails the check is taken with evidence, since such codes are in use."""

    class Meta:
        model = LegalEntity
        fields = ("name", "credit_code", "code_evidence")

    def clean_credit_code(self) -> str | None:
        return names.clean_code(self.cleaned_data["credit_code"] or "") or None

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        code = cleaned.get("credit_code")
        if code and (objection := names.code_objection(code, cleaned.get("code_evidence") or "")):
            self.add_error("credit_code", objection)
        return cleaned


@admin.register(LegalEntity)
class EntityAdmin(Recorded):
    """法人主体. Looked up by SECURITY when an account is bound to one."""

    form = EntityForm
    list_display = ("name", "credit_code", "formerly", "code_evidence")
    search_fields = ("search",)
    search_help_text = "名称、曾用名、拼音首字母"
    ordering = ("folded", "pk")
    list_per_page = 50

    @admin.display(description="曾用名")
    def formerly(self, entity: LegalEntity) -> str:
        return "、".join(former.name for former in entity.former_names.all())

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _enters(request)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).filter(merged_into__isnull=True).prefetch_related("former_names")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        return queryset.filter(search__contains=names.fold(search_term)), False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        # A rename of a unit with a history goes the way of Article 11.
        return ("name",) if obj and Unit.objects.filter(entity=obj).exists() else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.call(obj.name, former=tuple(obj.former_names.values_list("name", flat=True)) if change else ())
        super().save_model(request, obj, form, change)


@admin.register(Unit)
class UnitAdmin(Recorded):
    """单位. One without a district (待定区) is given its district here; a move goes the way of Article 11."""

    list_display = ("called", "category", "district", "industry", "contact", "phone")
    search_help_text = "名称、曾用名、拼音首字母"
    ordering = ("entity__folded", "category")
    list_per_page = 50
    list_filter = (("district", admin.EmptyFieldListFilter), "category", "district")
    list_select_related = ("entity", "district")
    search_fields = ("entity__search",)
    autocomplete_fields = ("entity",)
    fields = ("entity", "category", "site", "district", "industry", "address", "contact", "phone")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        return queryset.filter(entity__search__contains=names.fold(search_term)), False

    @admin.display(description="单位", ordering="entity__folded")
    def called(self, unit: Unit) -> str:
        return unit.name

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ()
        return ("entity", "category", "site", *(["district"] if obj.district_id else []))


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """The account as ADMIN keeps it."""

    new_password = forms.CharField(
        label="设置密码",
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="留空则不改变",
    )

    class Meta:
        model = User
        fields = ("username", "name", "email", "phone")

    def clean_new_password(self) -> str:
        text: str = self.cleaned_data["new_password"]
        if text:
            validate_password(text, self.instance)
        return text


class GrantForm(forms.ModelForm):  # type: ignore[type-arg]
    """The role and the body that it is bound to, as SECURITY grants them; with it the account is enabled."""

    class Meta:
        model = User
        fields = ("role", "district", "entity", "agency", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "role" in self.fields and not self.instance.is_active:
            self.initial["role"] = ""  # to be chosen, not taken over

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        needed = {"unit": "entity", "district": "district", "evaluator": "agency"}.get(
            cleaned.get("role", "")
        )
        if needed and not cleaned.get(needed):
            self.add_error(needed, "该角色须指定所属主体")
        for name in {"entity", "district", "agency"} - {needed}:
            cleaned[name] = None
        return cleaned


@admin.register(User)
class AccountAdmin(Recorded):
    """账号 for ADMIN, 授权 for SECURITY. Nobody changes their own row here.

    ADMIN opens accounts, which stay disabled until SECURITY has granted a role and enabled them; ADMIN may
    disable one, and cannot enable it again: else whoever opens an account would also grant its role.
    """

    keepers = (ADMIN, SECURITY)
    list_display = ("username", "name", "granted", "district", "entity", "agency", "is_active")
    list_filter = ("role", "is_active", "district")
    search_fields = ("username", "name", "email", "phone", "entity__name")
    search_help_text = "用户名、姓名、邮箱、电话、法人主体名称"
    list_per_page = 50
    list_select_related = ("district", "entity", "agency")
    autocomplete_fields = ("entity",)
    ordering = ("username",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and obj != request.user

    def has_add_permission(self, request: HttpRequest) -> bool:
        return isinstance(request.user, User) and request.user.plays(ADMIN)

    @admin.display(description="角色")
    def granted(self, user: User) -> str:
        """A disabled account holds no role, whatever its row says."""
        return user.get_role_display() if user.is_active else "未启用"

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        assert isinstance(request.user, User)
        kwargs["form"] = AccountForm if request.user.plays(ADMIN) else GrantForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        assert isinstance(request.user, User)
        account = ("username", "name", "email", "phone")
        if request.user.plays(SECURITY) or not self.has_change_permission(request, obj):
            return ("username", "name", "role", "district", "entity", "agency", "is_active")
        return (
            *account,
            *(["is_active"] if obj and obj.is_active else []),
            *([] if _guards(obj) else ["new_password"]),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        assert isinstance(request.user, User)
        return () if request.user.plays(ADMIN) else ("username", "name")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        password = form.cleaned_data.get("new_password", "")
        if password and not _guards(obj):
            obj.set_password(password)
        if not change:
            if not password:
                obj.set_unusable_password()
            # The table wants some role in every row; a disabled account does not hold it.
            obj.role, obj.is_active = AUDITOR.code, False
        super().save_model(request, obj, form, change)
        if password and not _guards(obj):
            self.write(request, obj, "重置密码", {"password": [None, "已重置"]})


def _guards(user: User | None) -> bool:
    """Whoever could set these passwords could act as the other two administrators."""
    return user is not None and user.role in {"security", "auditor"}
